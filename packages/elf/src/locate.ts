// SPDX-License-Identifier: GPL-2.0-or-later
import { differentField, firstDifference } from './compare.ts';
import { STT } from './constants.ts';
import type { ElfObject, ElfSection } from './model.ts';
import { symbolsIn } from './views/symbols-in.ts';

/** Where two objects differ, in the words of the first; `offset` counts from the symbol, else from the section. */
export interface ObjectDifference {
  readonly section?: string;
  readonly symbol?: string;
  readonly offset?: number;
  /** What is different, as `first or second`. */
  readonly what: string;
}

/** Finds the first place, in the order of sections and then symbols, where two objects differ. */
export function locateDifference(a: ElfObject, b: ElfObject): ObjectDifference | undefined {
  for (const section of a.sections) {
    const other = b.sections[section.index];
    const found =
      other === undefined
        ? { section: section.name, what: 'a section or none' }
        : inSection(a, section, other);
    if (found !== undefined) return found;
  }
  for (const symbol of a.symbols) {
    const other = b.symbols[symbol.index];
    if (other === undefined) return { symbol: symbol.name, what: 'a symbol or none' };
    if (other.name !== symbol.name) {
      return { symbol: symbol.name, what: `symbol ${symbol.index} is ${symbol.name} or ${other.name}` };
    }
    const field = differentField(symbol, other, 'home') ?? differentField(symbol.home, other.home);
    if (field !== undefined) return { symbol: symbol.name, what: `${field} of the symbol` };
  }
  const what = firstDifference(a, b);
  return what === undefined ? undefined : { what };
}

function inSection(object: ElfObject, a: ElfSection, b: ElfSection): ObjectDifference | undefined {
  if (a.name !== b.name) {
    return { section: a.name, what: `section ${a.index} is ${a.name} or ${b.name}` };
  }
  const content = inContent(object, a, b);
  if (content !== undefined) return content;
  const field = differentField(a, b, 'content');
  return field === undefined ? undefined : { section: a.name, what: `${field} of the section` };
}

function inContent(object: ElfObject, a: ElfSection, b: ElfSection): ObjectDifference | undefined {
  if (a.content.kind === 'bytes' && b.content.kind === 'bytes') {
    const theirs = b.content.bytes;
    const offset = a.content.bytes.findIndex((byte, at) => byte !== theirs[at]);
    if (offset !== -1) {
      return at(object, a, offset, `byte ${hex(a.content.bytes[offset])} or ${hex(theirs[offset])}`);
    }
    if (a.content.bytes.length === theirs.length) return undefined;
    return at(object, a, a.content.bytes.length, `${a.content.bytes.length} or ${theirs.length} bytes`);
  }
  if (a.content.kind === 'relocations' && b.content.kind === 'relocations') {
    // sh_info of a relocation table is the section that it applies to (gABI, figure 4-14).
    const target = object.sections[a.info] ?? a;
    const theirs = b.content.relocations;
    for (const [index, relocation] of a.content.relocations.entries()) {
      const other = theirs[index];
      const field = other === undefined ? 'presence' : differentField(relocation, other);
      if (field !== undefined) return at(object, target, relocation.offset, `${field} of the relocation`);
    }
    if (a.content.relocations.length === theirs.length) return undefined;
    return { section: a.name, what: `${a.content.relocations.length} or ${theirs.length} relocations` };
  }
  const sameKind = a.content.kind === b.content.kind;
  return sameKind ? undefined : { section: a.name, what: `${a.content.kind} or ${b.content.kind}` };
}

/** The place as a person looks for it: in the function or variable that covers it, if there is one. */
function at(object: ElfObject, section: ElfSection, offset: number, what: string): ObjectDifference {
  const cover = symbolsIn(object, section.index).find(
    ({ type, value, size }) =>
      (type === STT.FUNC || type === STT.OBJECT) && value <= offset && offset < value + size,
  );
  return cover === undefined
    ? { section: section.name, offset, what }
    : { section: section.name, symbol: cover.name, offset: offset - cover.value, what };
}

function hex(byte: number | undefined): string {
  return byte === undefined ? 'none' : `0x${byte.toString(16).padStart(2, '0')}`;
}
