// SPDX-License-Identifier: GPL-2.0-or-later
import { SHF, SHT } from './constants.ts';
import { type ElfCode, malformed } from './error.ts';
import type { SectionIndex } from './model.ts';
import { describeSection, type SectionHeader, type SectionHeaders } from './section-headers.ts';

/** The sections of an object that hold its tables; each is there at most once. */
export interface Tables {
  readonly sectionNames: SectionHeader;
  readonly symbols: SectionHeader | undefined;
  readonly symbolNames: SectionHeader | undefined;
  readonly sectionIndices: SectionHeader | undefined;
}

/** Bytes of an entry of the tables whose entries have one size by the gABI. */
export const ENTRY_SIZE = { symbols: 24, relocations: 24, group: 4, 'section-indices': 4 } as const;

/**
 * Types that have no meaning in a relocatable object, or that hold relocations or symbol references in a
 * form that this room does not decode. Kept as bytes they would go unnoticed. The x86-64 psABI has
 * relocations with addends alone ("Relocation").
 */
const REFUSED = new Map<number, string>([
  [SHT.HASH, 'a hash table'],
  [SHT.DYNAMIC, 'dynamic linking data'],
  [SHT.REL, 'relocations without addends'],
  [SHT.SHLIB, 'a reserved type'],
  [SHT.DYNSYM, 'a dynamic symbol table'],
  [SHT.RELR, 'relative relocations'],
  [SHT.LLVM_CREL, 'compact relocations'],
  [SHT.ANDROID_REL, 'packed relocations'],
  [SHT.ANDROID_RELA, 'packed relocations'],
]);

/**
 * Finds the tables of an object and checks what their headers say of each other (gABI figure 4-14):
 * one symbol table, linked to its names; section indices, relocations and groups linked to it.
 *
 * @throws ElfError ELF_BAD_SECTION, ELF_BAD_RELOCATION, ELF_BAD_GROUP
 */
export function findTables({ headers, names }: SectionHeaders): Tables {
  const symbols = single(headers, SHT.SYMTAB);
  const sectionIndices = single(headers, SHT.SYMTAB_SHNDX);
  const tables: Tables = {
    sectionNames: linked(headers, names),
    symbols,
    symbolNames: symbols === undefined ? undefined : linked(headers, symbols.link),
    sectionIndices,
  };
  if (symbols !== undefined && tables.symbolNames?.type !== SHT.STRTAB) {
    throw badLink(symbols, 'ELF_BAD_SECTION', 'no string table');
  }
  for (const section of headers) checkSection(headers, tables, section);
  checkOrder(headers);
  return tables;
}

function checkSection(headers: readonly SectionHeader[], tables: Tables, section: SectionHeader): void {
  const refused = REFUSED.get(section.type);
  if (refused !== undefined) {
    const reason = `${describeSection(section)} has ${refused} (type ${section.type})`;
    throw malformed('ELF_BAD_SECTION', section.at + 4, reason);
  }
  switch (section.type) {
    case SHT.SYMTAB:
      checkEntries(section, ENTRY_SIZE.symbols, 'ELF_BAD_SECTION');
      return;
    case SHT.SYMTAB_SHNDX:
      checkEntries(section, ENTRY_SIZE['section-indices'], 'ELF_BAD_SECTION');
      linkToSymbols(tables, section, 'ELF_BAD_SECTION');
      return;
    case SHT.RELA: {
      checkEntries(section, ENTRY_SIZE.relocations, 'ELF_BAD_RELOCATION');
      linkToSymbols(tables, section, 'ELF_BAD_RELOCATION');
      if (!isRelocatable(headers[section.info], tables)) {
        const reason = `${describeSection(section)} relocates section ${section.info}, which has no bytes`;
        throw malformed('ELF_BAD_RELOCATION', section.at + 44, reason);
      }
      return;
    }
    case SHT.GROUP:
      checkEntries(section, ENTRY_SIZE.group, 'ELF_BAD_GROUP');
      linkToSymbols(tables, section, 'ELF_BAD_GROUP');
      return;
    default:
      checkBytes(tables, section);
  }
}

/** Sections whose content stays as it is. */
function checkBytes(tables: Tables, section: SectionHeader): void {
  const { link, flags } = section;
  if (link !== 0 && (link === tables.sectionNames.index || link === tables.symbolNames?.index)) {
    // Its offsets into the table would be wrong once the writer has made the table anew.
    throw badLink(section, 'ELF_BAD_SECTION', 'the names of sections or symbols');
  }
  if ((flags & SHF.MERGE) !== 0 && (section.entrySize === 0 || section.size % section.entrySize !== 0)) {
    const reason = `${describeSection(section)} of ${section.size} bytes has entries of ${section.entrySize}`;
    throw malformed('ELF_BAD_SECTION', section.at + 56, reason);
  }
}

/** Only bytes in the file can be relocated, and not those of a table. */
function isRelocatable(target: SectionHeader | undefined, tables: Tables): boolean {
  if (target === undefined || target === tables.sectionNames || target === tables.symbolNames) return false;
  const { type } = target;
  const isTable = type === SHT.SYMTAB || type === SHT.SYMTAB_SHNDX || type === SHT.RELA || type === SHT.GROUP;
  return !isTable && type !== SHT.NULL && type !== SHT.NOBITS;
}

function single(headers: readonly SectionHeader[], type: number): SectionHeader | undefined {
  const [first, second] = headers.filter((section) => section.type === type);
  if (second === undefined) return first;
  throw malformed(
    'ELF_BAD_SECTION',
    second.at + 4,
    `${describeSection(second)} is the second of type ${type}`,
  );
}

function linked(headers: readonly SectionHeader[], index: SectionIndex | number): SectionHeader {
  const section = headers[index];
  if (section === undefined) throw new RangeError(`link to section ${index} was not checked`);
  return section;
}

function linkToSymbols(tables: Tables, section: SectionHeader, code: ElfCode): void {
  if (tables.symbols === undefined || section.link !== tables.symbols.index) {
    throw badLink(section, code, 'no symbol table');
  }
}

function badLink(section: SectionHeader, code: ElfCode, what: string): Error {
  const reason = `${describeSection(section)} has a link to section ${section.link}: ${what}`;
  return malformed(code, section.at + 40, reason);
}

function checkEntries(section: SectionHeader, size: number, code: ElfCode): void {
  if (section.entrySize !== size || section.size % size !== 0) {
    const reason = `${describeSection(section)}: ${section.size} bytes, entries of ${section.entrySize}, not ${size}`;
    throw malformed(code, section.at + 56, reason);
  }
}

/**
 * Follows the links that order sections after one another (SHF_LINK_ORDER) and refuses a circle.
 * Each section is walked over once.
 */
function checkOrder(headers: readonly SectionHeader[]): void {
  /** The walk that first came by; 0 for none. */
  const walks = new Uint32Array(headers.length);
  for (const start of headers) {
    const walk = start.index + 1;
    let section = start;
    while ((section.flags & SHF.LINK_ORDER) !== 0 && walks[section.index] === 0) {
      walks[section.index] = walk;
      section = linked(headers, section.link);
      if (walks[section.index] === walk) {
        const reason = `${describeSection(section)} is ordered after itself`;
        throw malformed('ELF_BAD_SECTION', section.at + 40, reason);
      }
    }
  }
}
