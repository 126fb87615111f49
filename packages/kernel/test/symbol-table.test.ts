// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { address } from '@uptide/elf';
import fc from 'fast-check';
import type { SymbolColumns } from '../src/image/kallsyms.ts';
import { parseSymbols, serialiseSymbols } from '../src/image/symbol-file.ts';
import { KallsymsTable } from '../src/image/symbol-table.ts';
import { withBytes } from './support/bytes.ts';
import { assertCode } from './support/codes.ts';
import { sorted, TEXT_ADDRESS, type WrittenSymbol } from './support/kallsyms-writer.ts';

function columnsOf(symbols: readonly WrittenSymbol[]): SymbolColumns {
  const nameOffsets = new Uint32Array(symbols.length + 1);
  for (const [i, { name }] of symbols.entries()) nameOffsets[i + 1] = (nameOffsets[i] ?? 0) + name.length;
  return {
    count: symbols.length,
    addresses: Float64Array.from(symbols, (symbol) => symbol.address),
    types: Uint8Array.from(symbols, ({ type }) => type.charCodeAt(0)),
    nameOffsets,
    names: Buffer.from(symbols.map(({ name }) => name).join(''), 'latin1'),
  };
}

const SYMBOLS: readonly WrittenSymbol[] = [
  { address: 0, type: 'A', name: 'fixed_percpu_data' },
  { address: 0, type: 'A', name: '__per_cpu_start' },
  { address: 0x1000, type: 'A', name: 'cpu_debug_store' },
  { address: TEXT_ADDRESS, type: 'T', name: '_stext' },
  { address: TEXT_ADDRESS + 16, type: 't', name: 'show' },
  { address: TEXT_ADDRESS + 32, type: 't', name: 'show' },
  { address: TEXT_ADDRESS + 32, type: 'W', name: 'weak' },
  { address: -1, type: 'B', name: 'last' },
];
const TABLE = new KallsymsTable(columnsOf(SYMBOLS));

describe('a symbol table', () => {
  const orders = (symbols: readonly { readonly order: number }[]): number[] =>
    symbols.map(({ order }) => order);

  test('lists all symbols in the kernel’s order', () => {
    assert.deepEqual(
      TABLE.symbols,
      SYMBOLS.map((symbol, order) => ({ ...symbol, order })),
    );
  });

  test('finds all symbols of a name in that order', () => {
    assert.deepEqual(orders(TABLE.named('show')), [4, 5]);
    assert.deepEqual(orders(TABLE.named('_stext')), [3]);
    assert.deepEqual(TABLE.named('sho'), []);
    assert.deepEqual(TABLE.named(''), []);
    assert.deepEqual(TABLE.named('naïve'), []);
  });

  test('finds all symbols at an address', () => {
    assert.deepEqual(orders(TABLE.at(address(TEXT_ADDRESS + 32))), [5, 6]);
    assert.deepEqual(orders(TABLE.at(address(0))), [0, 1]);
    assert.deepEqual(TABLE.at(address(TEXT_ADDRESS + 1)), []);
    assert.deepEqual(orders(TABLE.at(address(-1))), [7]);
  });

  test('finds the symbols that cover an address; kernel addresses are above per-CPU ones', () => {
    assert.deepEqual(orders(TABLE.covering(address(TEXT_ADDRESS + 33))), [5, 6]);
    assert.deepEqual(orders(TABLE.covering(address(TEXT_ADDRESS + 15))), [3]);
    assert.deepEqual(orders(TABLE.covering(address(0xfff))), [0, 1]);
    assert.deepEqual(orders(TABLE.covering(address(TEXT_ADDRESS - 1))), [2]);
    assert.deepEqual(new KallsymsTable(columnsOf(SYMBOLS.slice(3))).covering(address(5)), []);
  });

  test('may be empty', () => {
    const empty = new KallsymsTable(columnsOf([]));
    assert.deepEqual(empty.symbols, []);
    assert.deepEqual(empty.named('x'), []);
    assert.deepEqual(empty.covering(address(0)), []);
  });

  test('answers as a plain search would', () => {
    const anySymbols = fc.array(
      fc.record({
        address: fc.integer({ min: -8, max: 8 }),
        type: fc.constant('t'),
        name: fc.constantFrom('a', 'b', 'c', 'ab', ''),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(anySymbols, fc.integer({ min: -9, max: 9 }), (some, wanted) => {
        const symbols = sorted(some);
        const table = new KallsymsTable(columnsOf(symbols));
        const all = table.symbols;
        assert.deepEqual(
          table.named('a'),
          all.filter(({ name }) => name === 'a'),
        );
        assert.deepEqual(
          table.at(address(wanted)),
          all.filter((symbol) => symbol.address === wanted),
        );
        const unsigned = (value: number): bigint => BigInt.asUintN(64, BigInt(value));
        const below = all.filter((symbol) => unsigned(symbol.address) <= unsigned(wanted));
        const greatest = below.at(-1)?.address;
        assert.deepEqual(
          table.covering(address(wanted)),
          below.filter((symbol) => symbol.address === greatest),
        );
      }),
    );
  });
});

describe('a kept symbol table', () => {
  const file = Buffer.from(serialiseSymbols(TABLE));

  test('is read as it was written', () => {
    assert.deepEqual(parseSymbols(file).symbols, TABLE.symbols);
    assert.deepEqual(Buffer.from(serialiseSymbols(parseSymbols(file))), file);
  });

  test('is read from any place in memory', () => {
    const shifted = Buffer.concat([Buffer.alloc(1), file]).subarray(1);
    assert.deepEqual(parseSymbols(shifted).symbols, TABLE.symbols);
  });

  test('may be empty', () => {
    const empty = serialiseSymbols(new KallsymsTable(columnsOf([])));
    assert.deepEqual(parseSymbols(empty).symbols, []);
  });

  test('is refused with any byte changed, and cut short or prolonged', () => {
    for (let i = 0; i < file.length; i++) {
      // Bytes 20 to 23 are unused.
      if (i >= 20 && i < 24) continue;
      assertCode('KALLSYMS_BAD_CACHE', () => parseSymbols(withBytes(file, i, (file[i] ?? 0) ^ 0x40)));
    }
    assertCode('KALLSYMS_BAD_CACHE', () => parseSymbols(file.subarray(0, file.length - 1)));
    assertCode('KALLSYMS_BAD_CACHE', () => parseSymbols(Buffer.concat([file, Buffer.alloc(1)])));
    assertCode('KALLSYMS_BAD_CACHE', () => parseSymbols(new Uint8Array(0)));
  });
});
