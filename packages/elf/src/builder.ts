// SPDX-License-Identifier: GPL-2.0-or-later
import { EM_X86_64, ET, SHF, SHN, SHT, STB } from './constants.ts';
import { ElfError } from './error.ts';
import { ENTRY_SIZE } from './links.ts';
import {
  address,
  type ElfHeader,
  type ElfObject,
  type ElfRelocation,
  type ElfSection,
  type ElfSymbol,
  type SectionContent,
  type SectionIndex,
  type SymbolIndex,
  sectionIndex,
  symbolIndex,
} from './model.ts';
import { firstGlobal, NULL_SYMBOL } from './symbols.ts';

declare const handle: unique symbol;
/** A symbol that was added; it gets its index when the object is built. */
export type SymbolHandle = number & { readonly [handle]: true };

/** A section to add; what is left out is 0 (alignment: 1). */
export interface NewSection {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly align?: number;
  readonly entrySize?: number;
  readonly link?: number;
  readonly info?: number;
  readonly content: Extract<SectionContent, { readonly kind: 'bytes' | 'nobits' }>;
}

/** A symbol to add; `other` is 0 when left out. */
export type NewSymbol = Omit<ElfSymbol, 'index' | 'other'> & { readonly other?: number };

/** A relocation of a section of the object. */
export type NewRelocation = Omit<ElfRelocation, 'symbol'> & { readonly symbol: SymbolHandle };

/** A relocation table with a name and flags of its own. */
export interface NewRelocationSection {
  readonly name: string;
  readonly flags: number;
  /** The section that the table applies to. */
  readonly target: SectionIndex;
}

const HEADER: ElfHeader = {
  osabi: 0,
  abiVersion: 0,
  type: ET.REL,
  machine: EM_X86_64,
  entry: address(0),
  flags: 0,
};

/**
 * Makes a relocatable object from nothing. Sections keep the index that they get when they are added.
 * The symbol table, its names and the section names come last, made by `build`; the same calls in the
 * same order make the same object. What the calls can't check, `writeObject` does.
 */
export class ObjectBuilder {
  readonly #sections: Omit<ElfSection, 'index'>[] = [
    section({ name: '', type: SHT.NULL, align: 0 }, { kind: 'null' }),
  ];
  readonly #symbols: NewSymbol[] = [];
  /** Relocations by the section that holds them. */
  readonly #tables = new Map<SectionIndex, NewRelocation[]>();
  /** The relocations of the `.rela` table by the section that it applies to. */
  readonly #defaultTables = new Map<SectionIndex, NewRelocation[]>();

  /** Adds a section of plain bytes or without content. */
  addSection(added: NewSection): SectionIndex {
    return this.#append(section(added, added.content));
  }

  /** Adds a symbol. Local ones come first in the object, else the order is that of the calls. */
  addSymbol(added: NewSymbol): SymbolHandle {
    this.#symbols.push(added);
    return (this.#symbols.length - 1) as SymbolHandle;
  }

  /**
   * Adds a relocation table beside the default one, such as `.klp.rela.vmlinux..text` with
   * SHF_RELA_LIVEPATCH. Fill it with `addRelocation`.
   *
   * @throws ElfError ELF_UNWRITABLE for a target that was not added
   */
  addRelocationSection(added: NewRelocationSection): SectionIndex {
    return this.#addTable(added).index;
  }

  /**
   * Adds a relocation: to the given table, or for any other section to its `.rela` table, which is made
   * on first use. Order is that of the calls.
   *
   * @throws ElfError ELF_UNWRITABLE for a section or symbol that was not added
   */
  addRelocation(index: SectionIndex, relocation: NewRelocation): void {
    this.#require(index);
    if (this.#symbols[relocation.symbol] === undefined) {
      throw new ElfError('ELF_UNWRITABLE', `a relocation refers to symbol ${relocation.symbol}, not added`);
    }
    const table = this.#tables.get(index) ?? this.#defaultTable(index);
    table.push(relocation);
  }

  /** The object as far as it was made. */
  build(): ElfObject {
    const { symbols, indices } = this.#sortSymbols();
    const symtab = this.#sections.length;
    const sections = this.#sections.map((fields, position): ElfSection => {
      const index = sectionIndex(position);
      const table = this.#tables.get(index);
      if (table === undefined) return { ...fields, index };
      const relocations = table.map(({ symbol, ...rest }) => ({ ...rest, symbol: at(indices, symbol) }));
      return { ...fields, index, link: symtab, content: { kind: 'relocations', relocations } };
    });
    for (const fields of tableSections(symbols, symtab)) {
      sections.push({ ...fields, index: sectionIndex(sections.length) });
    }
    return { header: HEADER, sections, symbols };
  }

  #append(added: Omit<ElfSection, 'index'>): SectionIndex {
    this.#sections.push(added);
    return sectionIndex(this.#sections.length - 1);
  }

  #addTable(added: NewRelocationSection): { readonly index: SectionIndex; readonly table: NewRelocation[] } {
    this.#require(added.target);
    const fields = {
      name: added.name,
      type: SHT.RELA,
      flags: added.flags,
      align: 8,
      entrySize: ENTRY_SIZE.relocations,
      info: added.target,
    };
    const index = this.#append(section(fields, { kind: 'relocations', relocations: [] }));
    const table: NewRelocation[] = [];
    this.#tables.set(index, table);
    return { index, table };
  }

  #defaultTable(target: SectionIndex): NewRelocation[] {
    const known = this.#defaultTables.get(target);
    if (known !== undefined) return known;
    const name = `.rela${this.#require(target).name}`;
    const { table } = this.#addTable({ name, flags: SHF.INFO_LINK, target });
    this.#defaultTables.set(target, table);
    return table;
  }

  #require(index: SectionIndex): Omit<ElfSection, 'index'> {
    const found = this.#sections[index];
    if (found !== undefined && index !== 0) return found;
    throw new ElfError('ELF_UNWRITABLE', `section ${index} was not added`);
  }

  /** Local symbols before all others (gABI "Symbol Table"), and the index that each handle gets. */
  #sortSymbols(): { readonly symbols: readonly ElfSymbol[]; readonly indices: readonly SymbolIndex[] } {
    const order = [...this.#symbols.keys()].toSorted(
      (a, b) => Number(this.#isGlobal(a)) - Number(this.#isGlobal(b)) || a - b,
    );
    const indices: SymbolIndex[] = [];
    const symbols: ElfSymbol[] = [NULL_SYMBOL];
    for (const position of order) {
      const index = symbolIndex(symbols.length);
      indices[position] = index;
      symbols.push({ other: 0, ...at(this.#symbols, position), index });
    }
    return { symbols, indices };
  }

  #isGlobal(position: number): boolean {
    return at(this.#symbols, position).bind !== STB.LOCAL;
  }
}

/** The symbol table, the section indices that do not fit it, and the names; `symtab` is the first index. */
function tableSections(symbols: readonly ElfSymbol[], symtab: number): Omit<ElfSection, 'index'>[] {
  const needsIndices = symbols.some(({ home }) => home.kind === 'section' && home.section >= SHN.LORESERVE);
  const sections = [
    section(
      {
        name: '.symtab',
        type: SHT.SYMTAB,
        align: 8,
        entrySize: ENTRY_SIZE.symbols,
        link: symtab + (needsIndices ? 2 : 1),
        info: firstGlobal(symbols),
      },
      { kind: 'symbols' },
    ),
  ];
  if (needsIndices) {
    const entrySize = ENTRY_SIZE['section-indices'];
    const fields = { name: '.symtab_shndx', type: SHT.SYMTAB_SHNDX, align: 4, entrySize, link: symtab };
    sections.push(section(fields, { kind: 'section-indices' }));
  }
  sections.push(
    section({ name: '.strtab', type: SHT.STRTAB }, { kind: 'names', of: 'symbols' }),
    section({ name: '.shstrtab', type: SHT.STRTAB }, { kind: 'names', of: 'sections' }),
  );
  return sections;
}

function section(fields: Omit<NewSection, 'content'>, content: SectionContent): Omit<ElfSection, 'index'> {
  return {
    name: fields.name,
    type: fields.type,
    flags: fields.flags ?? 0,
    address: address(0),
    align: fields.align ?? 1,
    entrySize: fields.entrySize ?? 0,
    link: fields.link ?? 0,
    info: fields.info ?? 0,
    content,
  };
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`no entry ${index}`);
  return value;
}
