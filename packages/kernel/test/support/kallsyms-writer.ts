// SPDX-License-Identifier: GPL-2.0-or-later
import type { KallsymsRegion } from '../../src/image/kallsyms.ts';
import { ByteWriter } from './bytes.ts';

/** A symbol as nm prints it. */
export interface WrittenSymbol {
  readonly address: number;
  readonly type: string;
  readonly name: string;
}

/** One of the ways in which scripts/kallsyms.c has laid its tables out. */
export interface KallsymsLayout {
  readonly order: 'addresses first' | 'addresses last';
  readonly form: 'absolute' | 'relative' | 'percpu-absolute' | 'place-relative';
  readonly alignment: 4 | 8;
  /** Bytes of seqs_of_names for a symbol; 0: there is no such table. */
  readonly sequence: 0 | 3 | 4;
  readonly length: 'uleb128' | 'byte';
}

/** The layouts that kernels have had, by the change that brought them. */
export const LAYOUTS: Readonly<Record<string, KallsymsLayout>> = {
  'absolute addresses': {
    order: 'addresses first',
    form: 'absolute',
    alignment: 8,
    sequence: 0,
    length: 'byte',
  },
  'relative base': { order: 'addresses first', form: 'relative', alignment: 8, sequence: 0, length: 'byte' },
  'absolute per-CPU': {
    order: 'addresses first',
    form: 'percpu-absolute',
    alignment: 8,
    sequence: 0,
    length: 'byte',
  },
  'big symbols': {
    order: 'addresses first',
    form: 'percpu-absolute',
    alignment: 8,
    sequence: 0,
    length: 'uleb128',
  },
  'wide seqs_of_names': {
    order: 'addresses first',
    form: 'percpu-absolute',
    alignment: 8,
    sequence: 4,
    length: 'uleb128',
  },
  seqs_of_names: {
    order: 'addresses first',
    form: 'percpu-absolute',
    alignment: 8,
    sequence: 3,
    length: 'uleb128',
  },
  'changed order': {
    order: 'addresses last',
    form: 'percpu-absolute',
    alignment: 8,
    sequence: 3,
    length: 'uleb128',
  },
  'changed order, absolute': {
    order: 'addresses last',
    form: 'absolute',
    alignment: 8,
    sequence: 3,
    length: 'uleb128',
  },
  'no per-CPU form': {
    order: 'addresses last',
    form: 'relative',
    alignment: 8,
    sequence: 3,
    length: 'uleb128',
  },
  'no relative base': {
    order: 'addresses last',
    form: 'place-relative',
    alignment: 4,
    sequence: 3,
    length: 'uleb128',
  },
};

export const TEXT_ADDRESS = -0x7f000000;
export const TEXT_SIZE = 0x2000;
export const RODATA_ADDRESS = -0x7e000000;

/** The symbols that every image has. */
export const TEXT_SYMBOLS: readonly WrittenSymbol[] = [
  { address: TEXT_ADDRESS, type: 'T', name: '_stext' },
  { address: TEXT_ADDRESS, type: 'T', name: '_text' },
  { address: TEXT_ADDRESS + TEXT_SIZE, type: 'T', name: '_etext' },
];

/** Sorts as scripts/kallsyms.c: by unsigned address, otherwise as given. */
export function sorted(symbols: readonly WrittenSymbol[]): WrittenSymbol[] {
  const key = ({ address }: WrittenSymbol): bigint => BigInt.asUintN(64, BigInt(address));
  return symbols.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** The tables of one image and where each begins, from the start of the region. */
export interface WrittenTables {
  readonly bytes: Buffer;
  readonly offsets: Readonly<Record<string, number>>;
}

/** Lays out the tables of sorted symbols, with other constants before and after them. */
export function writeKallsyms(symbols: readonly WrittenSymbol[], layout: KallsymsLayout): WrittenTables {
  const { tokens, compressed } = compress(symbols.map(({ type, name }) => type + name));
  const writer = new ByteWriter().text('what else is in .rodata\0').align(8);
  const offsets: Record<string, number> = {};
  const table = (name: string, write: () => void): void => {
    writer.align(layout.alignment);
    offsets[name] = writer.length;
    write();
  };
  const addresses = (): void => writeAddresses(table, writer, symbols, layout);
  const markers: number[] = [];
  const sequences = (): void => {
    const byName = symbols.map((_, i) => i).sort((a, b) => compareNames(symbols[a], symbols[b]));
    for (const i of byName) {
      if (layout.sequence === 4) writer.u32(i);
      else writer.u8((i >>> 16) & 0xff, (i >>> 8) & 0xff, i & 0xff);
    }
  };

  if (layout.order === 'addresses first') addresses();
  table('num_syms', () => writer.u32(symbols.length));
  table('names', () => {
    const begin = writer.length;
    for (const [i, name] of compressed.entries()) {
      if (i % 256 === 0) markers.push(writer.length - begin);
      if (layout.length === 'byte' || name.length < 0x80) writer.u8(name.length);
      else writer.u8((name.length & 0x7f) | 0x80, name.length >>> 7);
      writer.u8(...name);
    }
  });
  table('markers', () => markers.forEach((marker) => void writer.u32(marker)));
  if (layout.order === 'addresses first' && layout.sequence !== 0) table('seqs_of_names', sequences);
  const index: number[] = [];
  table('token_table', () => {
    const begin = writer.length;
    for (const token of tokens) {
      index.push(writer.length - begin);
      writer.text(`${token}\0`);
    }
  });
  table('token_index', () => index.forEach((offset) => void writer.u16(offset)));
  if (layout.order === 'addresses last') {
    addresses();
    if (layout.sequence !== 0) table('seqs_of_names', sequences);
  }
  offsets.end = writer.length;
  writer.align(8).text('and more after it\0');
  return { bytes: writer.end(), offsets };
}

/** The sections of an image that consists of tables and empty code. */
export function regionsOf(rodata: Uint8Array): KallsymsRegion[] {
  return [
    { address: TEXT_ADDRESS, bytes: new Uint8Array(TEXT_SIZE), executable: true },
    { address: RODATA_ADDRESS, bytes: rodata, executable: false },
  ];
}

function writeAddresses(
  table: (name: string, write: () => void) => void,
  writer: ByteWriter,
  symbols: readonly WrittenSymbol[],
  { form }: KallsymsLayout,
): void {
  const base = symbols.find(({ address }) => form !== 'percpu-absolute' || address < 0)?.address ?? 0;
  table('addresses', () => {
    for (const { address } of symbols) {
      if (form === 'absolute') writer.u64(address);
      else if (form === 'relative') writer.u32(address - base);
      else if (form === 'place-relative') writer.u32(address - (RODATA_ADDRESS + writer.length));
      else writer.u32(address >= 0 ? address : base - address - 1);
    }
  });
  if (form === 'relative' || form === 'percpu-absolute') table('relative_base', () => writer.u64(base));
}

/**
 * Table compression as scripts/kallsyms.c does it: a letter that occurs stands for itself, the other codes
 * for the pair of codes that is the most frequent at the time.
 */
function compress(names: readonly string[]): { tokens: string[]; compressed: number[][] } {
  let compressed = names.map((name) => [...Buffer.from(name, 'latin1')]);
  const tokens = Array.from({ length: 256 }, () => '');
  for (const code of new Set(compressed.flat())) tokens[code] = String.fromCharCode(code);
  for (let code = 255; code >= 0; code--) {
    if (tokens[code] !== '') continue;
    const pair = mostFrequentPair(compressed);
    if (pair === undefined) break;
    const [first, second] = pair;
    tokens[code] = `${tokens[first]}${tokens[second]}`;
    compressed = compressed.map((name) => replacePair(name, first, second, code));
  }
  return { tokens, compressed };
}

function mostFrequentPair(names: readonly (readonly number[])[]): [number, number] | undefined {
  const counts = new Map<number, number>();
  for (const name of names) {
    for (let i = 0; i + 1 < name.length; i++) {
      const pair = ((name[i] ?? 0) << 8) | (name[i + 1] ?? 0);
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  const [best] = [...counts].sort(([, a], [, b]) => b - a);
  return best === undefined ? undefined : [best[0] >> 8, best[0] & 0xff];
}

function replacePair(name: readonly number[], first: number, second: number, code: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < name.length; i++) {
    const isPair = name[i] === first && name[i + 1] === second;
    result.push(isPair ? code : (name[i] ?? 0));
    if (isPair) i++;
  }
  return result;
}

function compareNames(a: WrittenSymbol | undefined, b: WrittenSymbol | undefined): number {
  const [first, second] = [a?.name ?? '', b?.name ?? ''];
  return first < second ? -1 : first > second ? 1 : 0;
}
