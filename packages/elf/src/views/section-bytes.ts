// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfSection } from '../model.ts';

/** The bytes of a section; undefined for one without content in the file and for decoded tables. */
export function sectionBytes(section: ElfSection): Uint8Array | undefined {
  return section.content.kind === 'bytes' ? section.content.bytes : undefined;
}

/** How many bytes a section takes in memory; undefined for decoded tables, which are never loaded. */
export function sectionSize({ content }: ElfSection): number | undefined {
  if (content.kind === 'bytes') return content.bytes.length;
  return content.kind === 'nobits' ? content.size : undefined;
}
