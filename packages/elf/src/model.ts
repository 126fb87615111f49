// SPDX-License-Identifier: GPL-2.0-or-later

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Position of a section in the section header table. */
export type SectionIndex = Branded<'SectionIndex'>;
/** Position of a symbol in the symbol table. */
export type SymbolIndex = Branded<'SymbolIndex'>;
/** Bytes from the start of the file. */
export type FileOffset = Branded<'FileOffset'>;
/**
 * A 64-bit address, read as a signed number: canonical x86-64 addresses with 48 bits then are exact
 * integers (0xffffffff81000000 is -0x7f000000). Print with `formatAddress`.
 */
export type Address = Branded<'Address'>;

export const sectionIndex = (value: number): SectionIndex => value as SectionIndex;
export const symbolIndex = (value: number): SymbolIndex => value as SymbolIndex;
export const fileOffset = (value: number): FileOffset => value as FileOffset;
export const address = (value: number): Address => value as Address;

/** Prints an address as the kernel does: sixteen hex digits. */
export function formatAddress(value: Address): string {
  return BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
}

/** The fields of the ELF header that mean something to a reader of relocatable objects. */
export interface ElfHeader {
  readonly osabi: number;
  readonly abiVersion: number;
  readonly type: number;
  readonly machine: number;
  readonly entry: Address;
  readonly flags: number;
}

/** One entry of a relocation table with addends (Elf64_Rela). */
export interface ElfRelocation {
  /** Bytes from the start of the section that the table applies to. */
  readonly offset: number;
  /** R_X86_64_*; see `relocations.ts`. */
  readonly type: number;
  readonly symbol: SymbolIndex;
  readonly addend: number;
}

/** What a section holds; tables are decoded, and the writer encodes them anew. */
export type SectionContent =
  | { readonly kind: 'null' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'nobits'; readonly size: number }
  | { readonly kind: 'relocations'; readonly relocations: readonly ElfRelocation[] }
  | { readonly kind: 'group'; readonly flags: number; readonly members: readonly SectionIndex[] }
  /** The symbol table; its entries are `ElfObject.symbols`. */
  | { readonly kind: 'symbols' }
  /** SHT_SYMTAB_SHNDX; encoded from `ElfObject.symbols`. */
  | { readonly kind: 'section-indices' }
  /** A string table that the writer makes anew: of the section names, of the symbol names, or of both. */
  | { readonly kind: 'names'; readonly of: 'sections' | 'symbols' | 'sections and symbols' };

/**
 * A section. `name` has one character a byte (Latin-1), as have the names of symbols. `link` and `info` mean what the gABI says for the type
 * (figure 4-14). String tables that hold neither section nor symbol names are plain bytes.
 */
export interface ElfSection {
  readonly index: SectionIndex;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: Address;
  readonly align: number;
  readonly entrySize: number;
  readonly link: number;
  readonly info: number;
  readonly content: SectionContent;
}

/** Where a symbol is: in a section of the object, nowhere yet, at a fixed value, or in a reserved index. */
export type SymbolHome =
  | { readonly kind: 'section'; readonly section: SectionIndex }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'absolute' }
  | { readonly kind: 'common' }
  /** Another reserved index, such as SHN_LIVEPATCH (0xff20). */
  | { readonly kind: 'reserved'; readonly index: number };

/** A symbol. `value` is an offset into its section; for absolute symbols a signed 64-bit value. */
export interface ElfSymbol {
  readonly index: SymbolIndex;
  readonly name: string;
  readonly value: number;
  readonly size: number;
  /** STB_* */
  readonly bind: number;
  /** STT_* */
  readonly type: number;
  /** The whole st_other byte; visibility is its low two bits. */
  readonly other: number;
  readonly home: SymbolHome;
}

/**
 * A relocatable object: `sections[i].index === i`, `symbols[i].index === i`, both start with the null entry.
 * Without a symbol table, `symbols` holds the null entry alone.
 */
export interface ElfObject {
  readonly header: ElfHeader;
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

/** A linked image (ET_EXEC or ET_DYN): what `vmlinux` inside a bzImage is. */
export interface ElfImage {
  readonly header: ElfHeader;
  /** Sections with their address; tables are left as bytes. */
  readonly sections: readonly ElfSection[];
}
