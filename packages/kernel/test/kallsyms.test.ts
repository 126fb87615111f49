// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeKallsyms,
  MAX_NAME_LISTS,
  MAX_TOKEN_TABLES,
  type SymbolColumns,
} from '../src/image/kallsyms.ts';
import { findNames, MAX_NAME_BYTES } from '../src/image/kallsyms-names.ts';
import { findTokenTables } from '../src/image/kallsyms-tokens.ts';
import { ByteWriter, withBytes, withU32 } from './support/bytes.ts';
import { assertCode } from './support/codes.ts';
import {
  type KallsymsLayout,
  LAYOUTS,
  RODATA_ADDRESS,
  regionsOf,
  sorted,
  TEXT_ADDRESS,
  TEXT_SIZE,
  TEXT_SYMBOLS,
  type WrittenSymbol,
  writeKallsyms,
} from './support/kallsyms-writer.ts';

const LATEST: KallsymsLayout = {
  order: 'addresses last',
  form: 'percpu-absolute',
  alignment: 8,
  sequence: 3,
  length: 'uleb128',
};

/** Symbols with twins, aliases and per-CPU variables, some more than one marker's worth. */
const SYMBOLS = sorted([
  ...TEXT_SYMBOLS,
  { address: TEXT_ADDRESS + 0x40, type: 't', name: 'show' },
  { address: TEXT_ADDRESS + 0x80, type: 't', name: 'show' },
  { address: TEXT_ADDRESS + 0x80, type: 'W', name: '__weak_alias' },
  { address: RODATA_ADDRESS, type: 'R', name: '__start_rodata' },
  ...Array.from({ length: 600 }, (_, i) => ({
    address: TEXT_ADDRESS + 0x100 + 4 * i,
    type: i % 3 === 0 ? 'T' : 't',
    name: `do_something_${i}.constprop.0`,
  })),
]);
const PERCPU: readonly WrittenSymbol[] = [
  { address: 0, type: 'A', name: '__per_cpu_start' },
  { address: 0x1000, type: 'A', name: 'cpu_debug_store' },
];

function symbolsFor({ form }: KallsymsLayout): WrittenSymbol[] {
  return form === 'relative' || form === 'place-relative' ? SYMBOLS : sorted([...PERCPU, ...SYMBOLS]);
}

/** A name in which no pair of letters repeats often enough to be worth a token for all of it. */
function variedName(length: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode(0x21 + ((i * 7 + (i >> 3)) % 94))).join('');
}

function listed({ count, addresses, types, names, nameOffsets }: SymbolColumns): WrittenSymbol[] {
  return Array.from({ length: count }, (_, i) => ({
    address: addresses[i] ?? 0,
    type: String.fromCharCode(types[i] ?? 0),
    name: Buffer.from(names.subarray(nameOffsets[i], nameOffsets[i + 1])).toString('latin1'),
  }));
}

describe('decodeKallsyms reads every layout', () => {
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    test(name, () => {
      const symbols = symbolsFor(layout);
      const { bytes } = writeKallsyms(symbols, layout);
      assert.deepEqual(listed(decodeKallsyms(regionsOf(bytes))), symbols);
    });

    test(`${name}, any symbols`, () => {
      const anySymbols = fc.array(
        fc.record(
          {
            address: fc.integer({ min: 0, max: 0x7000_0000 }).map((offset) => TEXT_ADDRESS + offset),
            type: fc.constantFrom('t', 'T', 'd', 'D', 'b', 'r', 'W', 'V'),
            name: fc.stringMatching(/^[A-Za-z_.$][A-Za-z0-9_.$]{0,30}$/),
          },
          { noNullPrototype: true },
        ),
        { maxLength: 40 },
      );
      fc.assert(
        fc.property(anySymbols, (some) => {
          const own = some.filter((symbol) => TEXT_SYMBOLS.every((text) => text.name !== symbol.name));
          const symbols = sorted([...TEXT_SYMBOLS, ...own]);
          const { bytes } = writeKallsyms(symbols, layout);
          assert.deepEqual(listed(decodeKallsyms(regionsOf(bytes))), symbols);
        }),
        { numRuns: 40 },
      );
    });
  }

  test('a name over 127 compressed bytes, of the longest length', () => {
    const name = variedName(511);
    const symbols = sorted([...TEXT_SYMBOLS, { address: TEXT_ADDRESS + 8, type: 't', name }]);
    const { bytes } = writeKallsyms(symbols, LATEST);
    assert.deepEqual(listed(decodeKallsyms(regionsOf(bytes))), symbols);
  });

  test('symbols that share an address stay in their order', () => {
    const twins = ['a_alias', 'z_first', 'm_middle'].map((name) => ({
      address: TEXT_ADDRESS + 16,
      type: 't',
      name,
    }));
    const { bytes } = writeKallsyms(sorted([...TEXT_SYMBOLS, ...twins]), LATEST);
    const names = listed(decodeKallsyms(regionsOf(bytes))).map(({ name }) => name);
    assert.deepEqual(names, ['_stext', '_text', 'a_alias', 'z_first', 'm_middle', '_etext']);
  });
});

describe('decodeKallsyms refuses', () => {
  const { bytes, offsets } = writeKallsyms(symbolsFor(LATEST), LATEST);
  const at = (table: string): number => offsets[table] ?? assert.fail(table);
  const decode = (rodata: Uint8Array): SymbolColumns => decodeKallsyms(regionsOf(rodata));

  test('an image without tables', () => {
    assertCode('KALLSYMS_NO_TOKENS', () => decode(new Uint8Array(4096)));
    assertCode('KALLSYMS_NO_TOKENS', () => decode(new Uint8Array(0)));
    assertCode('KALLSYMS_NO_TOKENS', () => decodeKallsyms([]));
  });

  test('tables in an executable section', () => {
    const regions = regionsOf(bytes).map((region) => ({ ...region, executable: true }));
    assertCode('KALLSYMS_NO_TOKENS', () => decodeKallsyms(regions));
  });

  test('a token index that does not describe the tokens', () => {
    assertCode('KALLSYMS_NO_TOKENS', () => decode(withBytes(bytes, at('token_index') + 20, 0xff)));
  });

  test('a token with a byte that no name has', () => {
    assertCode('KALLSYMS_NO_TOKENS', () => decode(withBytes(bytes, at('token_index') - 12, 0x07)));
  });

  test('a token table cut short', () => {
    assertCode('KALLSYMS_NO_TOKENS', () => decode(bytes.subarray(0, at('token_index') + 300)));
  });

  test('a count that is one too small or too large', () => {
    for (const change of [-1, 1]) {
      const changed = withU32(bytes, at('num_syms'), symbolsFor(LATEST).length + change);
      assertCode('KALLSYMS_NO_NAMES', () => decode(changed));
    }
  });

  test('a count over any bound', () => {
    assertCode('KALLSYMS_NO_NAMES', () => decode(withU32(bytes, at('num_syms'), 0xffffffff)));
  });

  test('a marker that disagrees with the names', () => {
    assertCode('KALLSYMS_NO_NAMES', () => decode(withU32(bytes, at('markers') + 4, 7)));
  });

  test('a name of length zero', () => {
    assertCode('KALLSYMS_NO_NAMES', () => decode(withBytes(bytes, at('names'), 0)));
  });

  test('a name that does not begin with a letter of nm', () => {
    const symbols = SYMBOLS.map((symbol, i) => (i === 300 ? { ...symbol, type: '3' } : symbol));
    assertCode('KALLSYMS_NO_NAMES', () => decode(writeKallsyms(symbols, LATEST).bytes));
  });

  test('a name over the longest length', () => {
    const long = { address: TEXT_ADDRESS + 8, type: 't', name: variedName(512) };
    assertCode('KALLSYMS_NO_NAMES', () =>
      decode(writeKallsyms(sorted([...TEXT_SYMBOLS, long]), LATEST).bytes),
    );
  });

  test('a symbol without a name', () => {
    const symbols = sorted([...TEXT_SYMBOLS, { address: TEXT_ADDRESS + 8, type: 't', name: '' }]);
    assertCode('KALLSYMS_NO_NAMES', () => decode(writeKallsyms(symbols, LATEST).bytes));
  });

  test('addresses that are not sorted', () => {
    const swapped = SYMBOLS.map((symbol, i) => (i === 300 ? { ...symbol, address: TEXT_ADDRESS } : symbol));
    for (const layout of Object.values(LAYOUTS)) {
      assertCode('KALLSYMS_NO_ADDRESSES', () => decode(writeKallsyms(swapped, layout).bytes));
    }
  });

  test('a base that puts _text beside the section', () => {
    const base = at('relative_base');
    assertCode('KALLSYMS_NO_ADDRESSES', () => decode(withU32(bytes, base, TEXT_ADDRESS + 16)));
  });

  test('an address that is not canonical', () => {
    const written = writeKallsyms(SYMBOLS, { ...LATEST, form: 'absolute' });
    const address = (written.offsets.addresses ?? 0) + 8 * 500;
    assertCode('KALLSYMS_NO_ADDRESSES', () => decode(withBytes(written.bytes, address + 6, 0x12, 0x34)));
  });

  test('addresses that end with the section', () => {
    assertCode('KALLSYMS_NO_ADDRESSES', () => decode(bytes.subarray(0, at('relative_base') + 4)));
  });

  for (const missing of ['_text', '_stext', '_etext']) {
    test(`a table without ${missing}`, () => {
      const symbols = SYMBOLS.filter(({ name }) => name !== missing);
      assertCode('KALLSYMS_NO_ADDRESSES', () => decode(writeKallsyms(symbols, LATEST).bytes));
    });
  }

  test('an _etext beyond the text', () => {
    const symbols = SYMBOLS.map((symbol) =>
      symbol.name === '_etext' ? { ...symbol, address: TEXT_ADDRESS + TEXT_SIZE + 0x1001 } : symbol,
    );
    assertCode('KALLSYMS_NO_ADDRESSES', () => decode(writeKallsyms(sorted(symbols), LATEST).bytes));
  });

  test('two sets of tables', () => {
    const regions = [...regionsOf(bytes), { address: RODATA_ADDRESS + 0x100000, bytes, executable: false }];
    assertCode('KALLSYMS_AMBIGUOUS', () => decodeKallsyms(regions));
  });

  test('addresses at both places that agree with the image', () => {
    const before = writeKallsyms(SYMBOLS, { ...LATEST, order: 'addresses first', form: 'relative' });
    const after = writeKallsyms(SYMBOLS, { ...LATEST, form: 'absolute', sequence: 0 });
    const both = Buffer.concat([
      before.bytes.subarray(0, before.offsets.token_index ?? 0),
      after.bytes.subarray(after.offsets.token_index ?? 0),
    ]);
    assertCode('KALLSYMS_AMBIGUOUS', () => decode(both));
  });

  test('more token tables than are looked at', () => {
    const table = bytes.subarray(at('token_table'), at('token_index') + 512);
    const many = Buffer.concat(Array.from({ length: MAX_TOKEN_TABLES + 1 }, () => table));
    assertCode('KALLSYMS_AMBIGUOUS', () => decode(many));
  });

  test('names that expand to more bytes than the bound', () => {
    // One token holds the longest name; every symbol is that token.
    const long = { address: TEXT_ADDRESS + 8, type: 't', name: 'x'.repeat(511) };
    const written = writeKallsyms(sorted([...TEXT_SYMBOLS, long]), LATEST);
    const dictionary = written.bytes.subarray(written.offsets.token_table);
    const token = dictionary
      .toString('latin1')
      .split('\0')
      .findIndex((text) => text.length === 512);
    assert.ok(token >= 0);
    const tables = (count: number): Buffer => {
      const writer = new ByteWriter()
        .u32(count)
        .align(8)
        .bytes(Buffer.alloc(2 * count, Buffer.from([1, token])));
      writer.align(8);
      for (let i = 0; i < count; i += 256) writer.u32(2 * i);
      return writer.align(8).bytes(dictionary).end();
    };
    assertCode('KALLSYMS_NO_ADDRESSES', () => decode(tables(1000)));
    assertCode('KALLSYMS_NO_NAMES', () => decode(tables(Math.ceil(MAX_NAME_BYTES / 511) + 1)));
  });

  test('names after the bytes that may be walked over are used up', () => {
    const [dictionary] = findTokenTables(bytes);
    assert.ok(dictionary !== undefined);
    const found = (budget: number): number => [...findNames(bytes, dictionary, { bytes: budget })].length;
    const size = at('markers') - at('names');
    assert.equal(found(10 * size), 2, 'once with each form of length');
    assert.equal(found(size / 2), 0);
  });

  test('more lists of names than are decoded', () => {
    // Without addresses each table is tried with both forms of length, which read the same.
    const end = at('token_index') + 512;
    const table = Buffer.concat([bytes.subarray(at('num_syms'), end), Buffer.alloc(8 - (end % 8))]);
    const tables = (number: number): Buffer => Buffer.concat(Array.from({ length: number }, () => table));
    assertCode('KALLSYMS_NO_ADDRESSES', () => decode(tables(MAX_NAME_LISTS / 2)));
    assertCode('KALLSYMS_AMBIGUOUS', () => decode(tables(MAX_NAME_LISTS / 2 + 1)));
  });
});
