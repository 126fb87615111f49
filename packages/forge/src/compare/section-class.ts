// SPDX-License-Identifier: GPL-2.0-or-later
import type { Piece } from '../dissect/piece.ts';

/**
 * The section that the source and the compiler chose for a piece, without the name that -ffunction-sections
 * and -fdata-sections append: `.text`, `.text.unlikely`, `.init.text`, `.data..read_mostly`.
 */
export function sectionClass({ section, aliases }: Piece): string {
  const suffix = aliases.find((alias) => alias !== '' && section.name.endsWith(`.${alias}`));
  if (suffix !== undefined) return section.name.slice(0, -suffix.length - 1);
  // The section of a function that has another of its names, or is named by the function a part came from.
  return /^\.text\.(unlikely|hot|startup|exit)(?=\.|$)/.exec(section.name)?.[0] ?? plain(section.name);
}

const plain = (name: string): string =>
  /^\.(text|data\.rel\.ro|data|bss|rodata)(?=\.[^.]|$)/.exec(name)?.[0] ?? name;
