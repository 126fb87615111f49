// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UptideError } from '@uptide/base';
import { address, type ElfObject, ObjectBuilder, R_X86_64, SHF, SHT, STB, STT } from '@uptide/elf';
import fc from 'fast-check';
import { compareObjects } from '../src/compare/compare.ts';
import { dissect } from '../src/dissect/dissect.ts';
import { seeds, target } from './fuzz/compare.fuzz.ts';
import { fails } from './support/fails.ts';

/** Objects of this size take a fraction of a second each; where something is quadratic, the test hangs. */
const COUNT = 20_000;

function sections(builder: ObjectBuilder): {
  code: ReturnType<ObjectBuilder['addSection']>;
  data: ReturnType<ObjectBuilder['addSection']>;
} {
  const bytes = (length: number, value: number): { kind: 'bytes'; bytes: Uint8Array } => ({
    kind: 'bytes',
    bytes: new Uint8Array(length).fill(value),
  });
  return {
    code: builder.addSection({
      name: '.text',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.EXECINSTR,
      align: 16,
      content: bytes(8 * COUNT, 0x90),
    }),
    data: builder.addSection({
      name: '.data',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.WRITE,
      align: 8,
      content: bytes(8 * COUNT, 1),
    }),
  };
}

const OBJECTS: readonly {
  readonly name: string;
  readonly changed: number;
  readonly make: () => ElfObject;
}[] = [
  {
    name: 'many clones of one name',
    changed: 1,
    make: () => {
      const builder = new ObjectBuilder();
      const { code } = sections(builder);
      for (let i = 0; i < COUNT; i++) symbol(builder, `f.isra.${i}`, code, i * 8, STT.FUNC);
      return builder.build();
    },
  },
  {
    name: 'many cold parts and prefixes of one function',
    changed: 1,
    make: () => {
      const builder = new ObjectBuilder();
      const { code, data } = sections(builder);
      for (let i = 0; i < COUNT; i++) {
        symbol(builder, ['f.cold', '__pfx_f', 'f'][i % 3] ?? '', code, i * 8, STT.FUNC);
        symbol(builder, 'f', data, i * 8, STT.OBJECT);
      }
      return builder.build();
    },
  },
  {
    name: 'many names of one place',
    changed: 0,
    make: () => {
      const builder = new ObjectBuilder();
      const { code } = sections(builder);
      for (let i = 0; i < COUNT; i++) symbol(builder, `f${i}`, code, 0, STT.FUNC);
      return builder.build();
    },
  },
  {
    name: 'unnamed data that looks the same and points to unnamed data',
    changed: 0,
    make: () => {
      const builder = new ObjectBuilder();
      const { data } = sections(builder);
      const start = symbol(builder, '', data, 0, STT.SECTION);
      const half = COUNT / 2;
      for (let i = 0; i < half; i++) {
        const addend = (half + ((i * 7919) % half)) * 8;
        builder.addRelocation(data, { offset: i * 8, type: R_X86_64[64], symbol: start, addend });
      }
      return builder.build();
    },
  },
  {
    name: 'many entries of a table for one function',
    changed: 0,
    make: () => {
      const builder = new ObjectBuilder();
      const { code } = sections(builder);
      const f = symbol(builder, 'f', code, 0, STT.FUNC);
      const locks = builder.addSection({
        name: '.smp_locks',
        type: SHT.PROGBITS,
        flags: SHF.ALLOC,
        align: 4,
        content: { kind: 'bytes', bytes: new Uint8Array(4 * COUNT) },
      });
      for (let i = 0; i < COUNT; i++)
        builder.addRelocation(locks, { offset: i * 4, type: R_X86_64.PC32, symbol: f, addend: COUNT - i });
      return builder.build();
    },
  },
  {
    name: 'one function that refers to everything and is replaced',
    changed: 1,
    make: () => {
      const builder = new ObjectBuilder();
      const { code, data } = sections(builder);
      symbol(builder, 'f', code, 0, STT.FUNC, 8 * COUNT);
      const start = symbol(builder, '', data, 0, STT.SECTION);
      for (let i = 0; i < COUNT; i++)
        builder.addRelocation(code, { offset: i * 8, type: R_X86_64[32], symbol: start, addend: i * 8 });
      return builder.build();
    },
  },
];

function symbol(
  builder: ObjectBuilder,
  name: string,
  section: ReturnType<ObjectBuilder['addSection']>,
  value: number,
  type: number,
  size = 8,
): ReturnType<ObjectBuilder['addSymbol']> {
  return builder.addSymbol({
    name,
    value: address(value),
    size,
    bind: STB.LOCAL,
    type,
    home: { kind: 'section', section },
  });
}

for (const { name, make, changed } of OBJECTS) {
  test(`nothing is quadratic in ${name}`, () => {
    const original = make();
    const patched = make();
    const content = patched.sections[1]?.content;
    assert.ok(content?.kind === 'bytes');
    content.bytes[content.bytes.length - 1] = 0xc3;
    assert.equal(compareObjects(original, patched).changed.length, changed);
  });
}

test('references to every byte of one long string are refused', () => {
  const builder = new ObjectBuilder();
  const { code } = sections(builder);
  const strings = builder.addSection({
    name: '.rodata.str1.1',
    type: SHT.PROGBITS,
    flags: SHF.ALLOC | SHF.MERGE | SHF.STRINGS,
    align: 1,
    entrySize: 1,
    content: { kind: 'bytes', bytes: new Uint8Array(COUNT).fill(0x61) },
  });
  const start = symbol(builder, '', strings, 0, STT.SECTION);
  symbol(builder, 'f', code, 0, STT.FUNC, 8 * COUNT);
  for (let i = 0; i < COUNT; i++)
    builder.addRelocation(code, { offset: i * 8, type: R_X86_64[32], symbol: start, addend: i });
  fails('OBJECT_TOO_DEEP', () => dissect(builder.build()));
});

test('literals that refer to literals without end', () => {
  const builder = new ObjectBuilder();
  const { code, data } = sections(builder);
  const f = symbol(builder, 'f', code, 0, STT.FUNC, 8);
  assert.ok(f >= 0);
  const start = symbol(builder, '', data, 0, STT.SECTION);
  builder.addRelocation(code, { offset: 0, type: R_X86_64[32], symbol: start, addend: 0 });
  for (let i = 0; i < 1000; i++)
    builder.addRelocation(data, { offset: i * 8, type: R_X86_64[64], symbol: start, addend: (i + 1) * 8 });
  const object = builder.build();
  fails('OBJECT_TOO_DEEP', () => compareObjects(object, object));
});

test('literals that refer to each other in a circle are equal to themselves', () => {
  const make = (value: number): ElfObject => {
    const builder = new ObjectBuilder();
    const { code } = sections(builder);
    const data = builder.addSection({
      name: '.rodata',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC,
      align: 8,
      content: { kind: 'bytes', bytes: new Uint8Array(48) },
    });
    symbol(builder, 'f', code, 0, STT.FUNC, 8);
    const start = symbol(builder, '', data, 0, STT.SECTION);
    builder.addRelocation(code, { offset: 0, type: R_X86_64[32], symbol: start, addend: 0 });
    for (let i = 0; i < 3; i++)
      builder.addRelocation(data, {
        offset: i * 16,
        type: R_X86_64[64],
        symbol: start,
        addend: ((i + 1) % 3) * 16,
      });
    const object = builder.build();
    const content = object.sections[3]?.content;
    assert.ok(content?.kind === 'bytes');
    content.bytes[40] = value;
    return object;
  };
  assert.deepEqual(compareObjects(make(1), make(1)).changed, []);
  assert.deepEqual(
    compareObjects(make(1), make(2)).changed.map(({ name }) => name),
    ['f'],
  );
});

test('a damaged object is refused with a code, or compared', () => {
  const [seed = new Uint8Array()] = seeds;
  const change = fc.record({
    at: fc.nat(seed.length - 1),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const input = Uint8Array.from(seed);
      for (const { at, value } of changes) input[at] = value;
      try {
        target(input);
      } catch (error) {
        assert.ok(error instanceof UptideError && error.code !== 'INTERNAL', String(error));
      }
    }),
    { numRuns: 400 },
  );
});

test('two objects of different kinds', () => {
  const object = new ObjectBuilder().build();
  const other: ElfObject = { ...object, header: { ...object.header, flags: 1 } };
  fails('COMPARE_HEADER_MISMATCH', () => compareObjects(object, other));
});
