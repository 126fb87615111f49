// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfObject, ElfRelocation, ElfSection, ElfSymbol, SectionContent } from './model.ts';

/**
 * Says where two objects differ first, or undefined when they are equal. Bytes are compared by value;
 * where a section is in its file is no part of an object.
 */
export function firstDifference(a: ElfObject, b: ElfObject): string | undefined {
  const field = differentField(a.header, b.header);
  if (field !== undefined) return `header, ${field}`;
  return (
    inList('section', a.sections, b.sections, differentSection) ??
    inList('symbol', a.symbols, b.symbols, differentSymbol)
  );
}

function differentSection(a: ElfSection, b: ElfSection): string | undefined {
  return differentField(a, b, 'content') ?? differentContent(a.content, b.content);
}

function differentSymbol(a: ElfSymbol, b: ElfSymbol): string | undefined {
  return differentField(a, b, 'home') ?? differentField(a.home, b.home);
}

function differentRelocation(a: ElfRelocation, b: ElfRelocation): string | undefined {
  if (a.offset !== b.offset) return 'offset';
  if (a.type !== b.type) return 'type';
  if (a.symbol !== b.symbol) return 'symbol';
  return a.addend === b.addend ? undefined : 'addend';
}

function differentContent(a: SectionContent, b: SectionContent): string | undefined {
  if (a.kind === 'bytes' && b.kind === 'bytes') {
    return Buffer.compare(a.bytes, b.bytes) === 0 ? undefined : 'bytes';
  }
  if (a.kind === 'relocations' && b.kind === 'relocations') {
    return inList('relocation', a.relocations, b.relocations, differentRelocation);
  }
  if (a.kind === 'group' && b.kind === 'group') {
    if (a.flags !== b.flags) return 'group flags';
    return inList('member', a.members, b.members, (x, y) => (x === y ? undefined : 'index'));
  }
  return differentField(a, b);
}

function inList<T>(
  what: string,
  a: readonly T[],
  b: readonly T[],
  different: (a: T, b: T) => string | undefined,
): string | undefined {
  if (a.length !== b.length) return `${a.length} or ${b.length} entries of kind ${what}`;
  for (const [index, ours] of a.entries()) {
    const theirs = b[index];
    if (theirs === undefined) return `${what} ${index}`;
    const difference = different(ours, theirs);
    if (difference !== undefined) return `${what} ${index}, ${difference}`;
  }
  return undefined;
}

/** The name of the first field that differs, besides `skipped`; fields are numbers and strings. */
export function differentField(a: object, b: object, skipped?: string): string | undefined {
  const names = Object.keys(a);
  for (const name of names) {
    if (name !== skipped && Reflect.get(a, name) !== Reflect.get(b, name)) return name;
  }
  return names.length === Object.keys(b).length ? undefined : 'number of fields';
}
