// SPDX-License-Identifier: GPL-2.0-or-later

// Reading the symbols of a kernel out of its bare image.
//
// The problem. A distribution ships `vmlinuz` without a symbol table; the file with symbols is a package of
// 850 MB. But the running kernel prints names in its oopses and /proc/kallsyms, so the image holds them: as
// tables that scripts/kallsyms.c writes as assembler and that are linked into .rodata. Nothing in the image
// says where these tables are; their own names are the very symbols that we lack.
//
// The tables. A symbol is its nm letter followed by its name: `T_stext`. Names are compressed by a
// dictionary of 256 tokens; a byte of a compressed name stands for one token.
//
//   token_table    256 strings, each with its NUL: "t__x86_\0" "T\0" "_s\0" "text\0" ...
//   token_index    256 u16, where each token begins in token_table: 0, 8, 10, 13, ...
//   num_syms       u32
//   names          for each symbol its length and that many token bytes: 03 "T" "_s" "text" as 03 01 02 03
//                  (a length over 127 takes two bytes, ULEB128, since 'kallsyms: support "big" kernel
//                  symbols'; before that it was one byte up to 255)
//   markers        u32 for every 256th symbol, where it begins in names: 0, 2914, 5873, ...
//   seqs_of_names  three bytes for each symbol (four before commit 19bd8981dc2e), the order by name; it
//                  follows from the rest and is not read
//   the addresses  see kallsyms-addresses.ts
//
// They have stood in several orders, with several alignments and forms of address:
//
//   at first   addresses [base] num_syms names markers [seqs] token_table token_index
//   then       num_syms names markers token_table token_index addresses [base] seqs
//              ("scripts/kallsyms: change the output order")
//   lately     the same without a base, and aligned to 4 bytes instead of 8 (commit a081b5789255,
//              "kallsyms: Get rid of kallsyms relative base")
//
// The approach. Distributions carry changes back, so a version says nothing; each table is found by what
// it must be, and the later ones are searched only where the earlier ones allow:
//
//   1. token_index is the only place where 256 rising u16 exactly describe the 256 strings that end right
//      before it (kallsyms-tokens.ts).
//   2. num_syms and names are the only place before token_table where a count is followed by so many names,
//      each beginning with an nm letter, these by the markers that agree with the walk, and these by
//      token_table, with or without seqs_of_names between them (kallsyms-names.ts).
//   3. Each known form of the addresses is tried at each of the two places where they can stand. The right
//      one is sorted (scripts/kallsyms.c sorts by address, and the kernel's binary search needs it) and puts
//      _text at the start, _stext inside and _etext at the end of an executable section.
//
// More than one reading that passes is an error, and so is none: a wrong symbol table would send an update
// to wrong addresses. There is no fallback by guess.
//
// Limits. 64-bit little-endian images; the tables must be in one section with content that is aligned to
// 8 bytes. In a kernel built with Clang's LTO the names are as the linker saw them, with their `.llvm.`
// suffix.
//
// Cost. On Debian's images (6.1: 94,000 symbols; 6.12: 163,000 symbols, 5 MB of tables in 20 MB of data) the
// first decoding of a process takes 0.1 s, which is why the result is kept (symbol-file.ts: 10 ms to load).
// The worst that 64 MB of hostile data were made to cost is 3 s.

import { KernelError } from '../error.ts';
import { readAddresses } from './kallsyms-addresses.ts';
import { findNames, MAX_BYTES_WALKED, type NameColumns, type WalkBudget } from './kallsyms-names.ts';
import { findTokenTables, TOKEN_COUNT, type TokenTable } from './kallsyms-tokens.ts';

/** A section of the image with content, as the search needs it. */
export interface KallsymsRegion {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** All symbols in the kernel's order, as columns. */
export interface SymbolColumns extends NameColumns {
  /** Signed, sorted as unsigned numbers. */
  readonly addresses: Float64Array;
}

/** Dictionaries that are looked at: an image has one, and each costs a search of the region before it. */
export const MAX_TOKEN_TABLES = 8;
/** Lists of names that are decoded: an image has one; in a small table a part of it may look like another. */
export const MAX_NAME_LISTS = 8;
/** The end of the text may be moved up to the end of its page (`. = ALIGN(PAGE_SIZE)`, vmlinux.lds.S). */
const PAGE_SIZE = 4096;
const MAX_ALIGNMENT = 8;

/**
 * Decodes the kallsyms tables of an image.
 *
 * @param regions the sections of the image that have content, in any order.
 * @throws KernelError KALLSYMS_NO_TOKENS, KALLSYMS_NO_NAMES, KALLSYMS_NO_ADDRESSES, KALLSYMS_AMBIGUOUS.
 */
export function decodeKallsyms(regions: readonly KallsymsRegion[]): SymbolColumns {
  const found: SymbolColumns[] = [];
  const tally: Tally = { dictionaries: 0, nameLists: 0, budget: { bytes: MAX_BYTES_WALKED } };
  for (const region of regions) {
    if (!region.executable && region.address % MAX_ALIGNMENT === 0) {
      for (const dictionary of findTokenTables(region.bytes)) {
        tally.dictionaries = count(tally.dictionaries, MAX_TOKEN_TABLES, 'token tables');
        found.push(...readingsOf(region, dictionary, regions, tally));
      }
    }
  }
  const [symbols, second] = found;
  if (second !== undefined) {
    throw new KernelError(
      'KALLSYMS_AMBIGUOUS',
      `${found.length} readings of the tables agree with the image`,
    );
  }
  if (symbols !== undefined) return symbols;
  if (tally.dictionaries === 0) throw new KernelError('KALLSYMS_NO_TOKENS', 'no section holds a token table');
  if (tally.nameLists === 0) {
    throw new KernelError(
      'KALLSYMS_NO_NAMES',
      `no list of names ends at any of ${tally.dictionaries} token tables`,
    );
  }
  throw new KernelError(
    'KALLSYMS_NO_ADDRESSES',
    'no form of addresses is sorted and puts _text, _stext and _etext at an executable section',
  );
}

/** What the search of one image has cost so far. */
interface Tally {
  readonly budget: WalkBudget;
  dictionaries: number;
  nameLists: number;
}

function count(before: number, bound: number, what: string): number {
  if (before === bound) throw new KernelError('KALLSYMS_AMBIGUOUS', `there are more than ${bound} ${what}`);
  return before + 1;
}

/** All readings with the names nearest to a dictionary that have one which agrees with the image. */
function readingsOf(
  region: KallsymsRegion,
  dictionary: TokenTable,
  regions: readonly KallsymsRegion[],
  tally: Tally,
): SymbolColumns[] {
  const indexEnd = dictionary.indexOffset + TOKEN_COUNT * 2;
  for (const { countOffset, alignment, ...columns } of findNames(region.bytes, dictionary, tally.budget)) {
    tally.nameLists = count(tally.nameLists, MAX_NAME_LISTS, 'lists of names');
    const tables = { count: columns.count, countOffset, alignment, indexEnd };
    const symbols = readAddresses(region, tables).map(({ addresses }) => ({ ...columns, addresses }));
    const agreed = symbols.filter((candidate) => agreesWithText(candidate, regions));
    if (agreed.length > 0) return agreed;
  }
  return [];
}

/** The linker script sets _text at the start of .text, _stext there or after a gap, _etext at its end. */
function agreesWithText(symbols: SymbolColumns, regions: readonly KallsymsRegion[]): boolean {
  const text = addressOf(symbols, '_text');
  const start = addressOf(symbols, '_stext');
  const end = addressOf(symbols, '_etext');
  if (text === undefined || start === undefined || end === undefined) return false;
  return regions.some(({ executable, address, bytes }) => {
    const last = address + bytes.length;
    return (
      executable &&
      text === address &&
      start >= text &&
      start < last &&
      end > start &&
      end <= last + PAGE_SIZE
    );
  });
}

function addressOf(
  { count, names, nameOffsets, addresses }: SymbolColumns,
  name: string,
): number | undefined {
  const wanted = Buffer.from(name, 'latin1');
  for (let i = 0; i < count; i++) {
    const begin = nameOffsets[i] ?? 0;
    const end = nameOffsets[i + 1] ?? 0;
    if (end - begin === wanted.length && wanted.equals(names.subarray(begin, end))) return addresses[i];
  }
  return undefined;
}
