// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfObject, ElfSymbol, SectionIndex } from '../model.ts';

const NONE: readonly ElfSymbol[] = [];
const INDICES = new WeakMap<ElfObject, ReadonlyMap<SectionIndex, readonly ElfSymbol[]>>();

/** The symbols whose home is a section, its section symbol included, in the order of the symbol table. */
export function symbolsIn(object: ElfObject, section: SectionIndex): readonly ElfSymbol[] {
  let index = INDICES.get(object);
  if (index === undefined) {
    index = indexSymbols(object);
    INDICES.set(object, index);
  }
  return index.get(section) ?? NONE;
}

function indexSymbols(object: ElfObject): ReadonlyMap<SectionIndex, readonly ElfSymbol[]> {
  const index = new Map<SectionIndex, ElfSymbol[]>();
  for (const symbol of object.symbols) {
    if (symbol.home.kind !== 'section') continue;
    const known = index.get(symbol.home.section);
    if (known === undefined) index.set(symbol.home.section, [symbol]);
    else known.push(symbol);
  }
  return index;
}
