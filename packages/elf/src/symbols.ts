// SPDX-License-Identifier: GPL-2.0-or-later
import type { ByteReader, ByteWriter } from './bytes.ts';
import { SHN, STB, STT } from './constants.ts';
import { malformed } from './error.ts';
import { ENTRY_SIZE, type Tables } from './links.ts';
import { type ElfSymbol, type SymbolHome, sectionIndex, symbolIndex } from './model.ts';
import type { SectionHeader } from './section-headers.ts';
import { StringTable, type StringTableLayout } from './strings.ts';

const UNDEFINED: SymbolHome = { kind: 'undefined' };
const ABSOLUTE: SymbolHome = { kind: 'absolute' };
const COMMON: SymbolHome = { kind: 'common' };

/** Symbol 0 of every table, and the only one of an object without a table. */
export const NULL_SYMBOL: ElfSymbol = {
  index: symbolIndex(0),
  name: '',
  value: 0,
  size: 0,
  bind: STB.LOCAL,
  type: STT.NOTYPE,
  other: 0,
  home: UNDEFINED,
};

/**
 * Decodes the symbol table (gABI "Symbol Table").
 *
 * @throws ElfError ELF_BAD_SYMBOL, ELF_BAD_STRING, ELF_BAD_SECTION, ELF_TOO_LARGE, ELF_VALUE_RANGE
 */
export function readSymbols(
  file: ByteReader,
  headers: readonly SectionHeader[],
  tables: Tables,
): readonly ElfSymbol[] {
  const { symbols: table, symbolNames, sectionIndices } = tables;
  if (table === undefined || symbolNames === undefined) return [NULL_SYMBOL];
  const count = table.size / ENTRY_SIZE.symbols;
  checkNull(file, table);
  if (sectionIndices !== undefined && sectionIndices.size !== count * ENTRY_SIZE['section-indices']) {
    const reason = `${sectionIndices.size} bytes of section indices for ${count} symbols`;
    throw malformed('ELF_BAD_SECTION', sectionIndices.at + 32, reason);
  }

  const start = symbolNames.offset;
  const names = new StringTable(file.bytes.subarray(start, start + symbolNames.size), start);
  const homes = new Map<number, SymbolHome>();
  const symbols: ElfSymbol[] = [NULL_SYMBOL];
  for (let index = 1; index < count; index++) {
    const at = table.offset + index * ENTRY_SIZE.symbols;
    const info = file.u8(at + 4);
    const extended =
      sectionIndices === undefined
        ? undefined
        : file.u32(sectionIndices.offset + index * ENTRY_SIZE['section-indices']);
    const home = readHome(file.u16(at + 6), extended, headers.length, homes, at);
    const symbol: ElfSymbol = {
      index: symbolIndex(index),
      name: names.at(file.u32(at)),
      value: file.s64(at + 8),
      size: file.u64(at + 16),
      bind: info >> 4,
      type: info & 0xf,
      other: file.u8(at + 5),
      home,
    };
    checkSymbol(symbol, headers, at);
    symbols.push(symbol);
  }
  checkLocals(symbols, table);
  return symbols;
}

/** The number of the first symbol that is not local: sh_info of a symbol table. */
export function firstGlobal(symbols: readonly ElfSymbol[]): number {
  const first = symbols.findIndex((symbol) => symbol.bind !== STB.LOCAL);
  return first === -1 ? symbols.length : first;
}

/** Writes the symbol table to `offset`. */
export function writeSymbols(
  file: ByteWriter,
  offset: number,
  symbols: readonly ElfSymbol[],
  names: StringTableLayout,
): void {
  let at = offset;
  for (const symbol of symbols) {
    file.u32(at, names.offsetOf(symbol.name));
    file.u8(at + 4, (symbol.bind << 4) | symbol.type);
    file.u8(at + 5, symbol.other);
    file.u16(at + 6, encodeHome(symbol.home));
    file.i64(at + 8, symbol.value);
    file.i64(at + 16, symbol.size);
    at += ENTRY_SIZE.symbols;
  }
}

/** Writes the section indices that don't fit the symbol table to `offset`. */
export function writeSectionIndices(file: ByteWriter, offset: number, symbols: readonly ElfSymbol[]): void {
  for (const [index, { home }] of symbols.entries()) {
    if (home.kind === 'section' && home.section >= SHN.LORESERVE) {
      file.u32(offset + index * ENTRY_SIZE['section-indices'], home.section);
    }
  }
}

function encodeHome(home: SymbolHome): number {
  switch (home.kind) {
    case 'undefined':
      return SHN.UNDEF;
    case 'absolute':
      return SHN.ABS;
    case 'common':
      return SHN.COMMON;
    case 'reserved':
      return home.index;
    case 'section':
      return home.section < SHN.LORESERVE ? home.section : SHN.XINDEX;
  }
}

function readHome(
  index: number,
  extended: number | undefined,
  count: number,
  homes: Map<number, SymbolHome>,
  at: number,
): SymbolHome {
  let section = index;
  if (index === SHN.XINDEX) {
    if (extended === undefined) {
      throw malformed('ELF_BAD_SYMBOL', at + 6, 'SHN_XINDEX without a table of section indices');
    }
    section = extended;
  } else if (extended !== undefined && extended !== 0) {
    throw malformed('ELF_BAD_SYMBOL', at + 6, `section ${index}, and section index ${extended} beside it`);
  } else if (index === SHN.UNDEF) return UNDEFINED;
  else if (index === SHN.ABS) return ABSOLUTE;
  else if (index === SHN.COMMON) return COMMON;
  else if (index >= SHN.LORESERVE) return { kind: 'reserved', index };

  if (section === 0 || section >= count) {
    throw malformed('ELF_BAD_SYMBOL', at + 6, `a symbol in section ${section} of ${count}`);
  }
  const known = homes.get(section);
  if (known !== undefined) return known;
  const home: SymbolHome = { kind: 'section', section: sectionIndex(section) };
  homes.set(section, home);
  return home;
}

function checkSymbol(symbol: ElfSymbol, headers: readonly SectionHeader[], at: number): void {
  const { home, type, value, size } = symbol;
  const section = home.kind === 'section' ? headers[home.section] : undefined;
  if (type === STT.SECTION && section === undefined) {
    throw malformed('ELF_BAD_SYMBOL', at + 6, 'a section symbol without a section');
  }
  if ((type !== STT.FUNC && type !== STT.OBJECT) || section === undefined) return;
  if (value < 0 || value + size > section.size) {
    const reason = `${JSON.stringify(symbol.name)} at ${value} with ${size} bytes leaves its section of ${section.size}`;
    throw malformed('ELF_BAD_SYMBOL', at + 8, reason);
  }
}

function checkNull(file: ByteReader, table: SectionHeader): void {
  if (table.size === 0) {
    throw malformed('ELF_BAD_SYMBOL', table.at + 32, 'the symbol table has no null symbol');
  }
  for (let at = table.offset; at < table.offset + ENTRY_SIZE.symbols; at++) {
    if (file.u8(at) !== 0) throw malformed('ELF_BAD_SYMBOL', at, 'symbol 0 is not null');
  }
}

/** Local symbols come first, and sh_info counts them (gABI figure 4-14 and "Symbol Table"). */
function checkLocals(symbols: readonly ElfSymbol[], table: SectionHeader): void {
  const first = firstGlobal(symbols);
  if (table.info !== first) {
    const reason = `the symbol table counts ${table.info} local symbols first, but ${first} are there`;
    throw malformed('ELF_BAD_SYMBOL', table.at + 44, reason);
  }
  for (const symbol of symbols.slice(first)) {
    if (symbol.bind === STB.LOCAL) {
      const at = table.offset + symbol.index * ENTRY_SIZE.symbols;
      throw malformed('ELF_BAD_SYMBOL', at + 4, `local symbol ${symbol.index} follows others`);
    }
  }
}
