// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfObject, type ElfSection, type ElfSymbol, type SectionIndex, STT } from '@uptide/elf';
import { prefixesOf } from './prefix.ts';

/** A part of a section that a symbol, or the lack of one, delimits. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  /** The symbol that gives the name; undefined for bytes under no name. */
  readonly symbol: ElfSymbol | undefined;
  readonly aliases: readonly string[];
  /** Bytes before `start` that belong to it too; see prefix.ts. */
  readonly lead: number;
}

/** Labels that assemblers and compilers make for themselves; they name nothing across two compilations. */
export function isInternalLabel(name: string): boolean {
  return name.startsWith('.L') || name === '';
}

/** Size of a section in memory. */
export function sectionSize(section: ElfSection): number {
  const { content } = section;
  if (content.kind === 'bytes') return content.bytes.length;
  return content.kind === 'nobits' ? content.size : 0;
}

/** Groups the symbols that name places in sections by section. */
export function namingSymbols(object: ElfObject): Map<SectionIndex, ElfSymbol[]> {
  const bySection = new Map<SectionIndex, ElfSymbol[]>();
  for (const symbol of object.symbols) {
    if (symbol.home.kind !== 'section') continue;
    if (symbol.type === STT.SECTION || symbol.type === STT.FILE || isInternalLabel(symbol.name)) continue;
    const list = bySection.get(symbol.home.section);
    if (list === undefined) bySection.set(symbol.home.section, [symbol]);
    else list.push(symbol);
  }
  return bySection;
}

/**
 * Divides a section among its symbols: `[0, size)` is covered without overlap, prefixes by their functions. A symbol with a size owns its
 * range; symbols at the same start are aliases; a symbol inside another's range is a label of it; one
 * without size owns what follows up to the next symbol (hand-written tables are labelled so).
 */
export function extentsOf(size: number, all: readonly ElfSymbol[]): Extent[] {
  const { symbols, sizes } = prefixesOf(all);
  const sorted = symbols
    .filter((symbol) => symbol.value >= 0 && symbol.value <= size)
    .toSorted((a, b) => a.value - b.value || rank(a) - rank(b) || b.size - a.size || a.index - b.index);
  const extents: Extent[] = [];
  let covered = 0;
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i];
    if (first === undefined) break;
    const here: ElfSymbol[] = [];
    for (let symbol = sorted[i]; symbol?.value === first.value; symbol = sorted[i]) {
      here.push(symbol);
      i++;
    }
    if (first.value < covered || (first.value === size && size > 0)) continue;
    const prefix = Math.max(...here.map((symbol) => sizes.get(symbol) ?? 0));
    const lead = Math.min(prefix, first.value - covered);
    if (first.value - lead > covered) extents.push(unnamed(covered, first.value - lead));
    const next = sorted[i]?.value ?? size;
    const end = first.size > 0 ? Math.min(first.value + first.size, size) : next;
    extents.push({ start: first.value, end, symbol: first, aliases: here.map(({ name }) => name), lead });
    covered = end;
  }
  if (covered < size) extents.push(unnamed(covered, size));
  return extents;
}

const unnamed = (start: number, end: number): Extent => ({
  start,
  end,
  symbol: undefined,
  aliases: [],
  lead: 0,
});

/** Functions and objects before plain labels, so that a label at the same place is the alias. */
function rank(symbol: ElfSymbol): number {
  return symbol.type === STT.FUNC || symbol.type === STT.OBJECT ? 0 : 1;
}
