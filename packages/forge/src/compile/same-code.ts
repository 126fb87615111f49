// SPDX-License-Identifier: GPL-2.0-or-later
import { isDeepStrictEqual } from 'node:util';
import { type ElfSection, readObject } from '@uptide/elf';

/**
 * Are two objects the same but for debug information, section by section and symbol by symbol? A header that grew by
 * a line moves the line numbers of all who include it, and nothing else of them.
 *
 * Objects that mean the same can be told apart here, where a section or symbol has another number: they are then
 * compared in earnest.
 *
 * @throws ElfError for what is no object
 */
export function sameCode(pre: Uint8Array, post: Uint8Array): boolean {
  if (Buffer.compare(pre, post) === 0) return true;
  const [before, after] = [readObject(pre), readObject(post)];
  return (
    before.sections.length === after.sections.length &&
    isDeepStrictEqual(before.symbols, after.symbols) &&
    before.sections.every((section, index) => {
      const other = after.sections[index];
      return other !== undefined && sameSection(section, other);
    })
  );
}

function sameSection(one: ElfSection, other: ElfSection): boolean {
  if (/^\.(?:rela\.)?debug_/.test(one.name)) return one.name === other.name;
  const { content, ...header } = one;
  const { content: otherContent, ...otherHeader } = other;
  if (!isDeepStrictEqual(header, otherHeader)) return false;
  if (content.kind === 'bytes' && otherContent.kind === 'bytes') {
    return Buffer.compare(content.bytes, otherContent.bytes) === 0;
  }
  return isDeepStrictEqual(content, otherContent);
}
