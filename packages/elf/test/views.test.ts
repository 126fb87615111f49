// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  indexRelocations,
  isPcRelative,
  ObjectBuilder,
  R_X86_64,
  readCString,
  relocationName,
  relocationsOf,
  relocationWidth,
  SHT,
  STB,
  STT,
  sectionBytes,
  sectionIndex,
  sectionSize,
  symbolsIn,
} from '../src/index.ts';
import { text } from './support/raw-elf.ts';

function twoTables(offsets: readonly number[], others: readonly number[]) {
  const builder = new ObjectBuilder();
  const content = { kind: 'bytes', bytes: new Uint8Array(64) } as const;
  const data = builder.addSection({ name: '.data', type: SHT.PROGBITS, content });
  const bss = builder.addSection({ name: '.bss', type: SHT.NOBITS, content: { kind: 'nobits', size: 9 } });
  const fields = { value: 0, size: 0, bind: STB.GLOBAL, type: STT.NOTYPE };
  const home = { kind: 'section', section: data } as const;
  const symbol = builder.addSymbol({ ...fields, name: 'a', home });
  builder.addSymbol({ ...fields, name: 'b', home, bind: STB.LOCAL });
  builder.addSymbol({ ...fields, name: 'c', home: { kind: 'undefined' } });
  for (const offset of offsets) {
    builder.addRelocation(data, { offset, type: R_X86_64[64], symbol, addend: 0 });
  }
  const other = builder.addRelocationSection({ name: '.klp.rela.x..data', flags: 0, target: data });
  for (const offset of others) {
    builder.addRelocation(other, { offset, type: R_X86_64[64], symbol, addend: 1 });
  }
  return { object: builder.build(), data, bss };
}

test('relocations of all tables come by rising offset', () => {
  const { object, data, bss } = twoTables([32, 0, 16], [24, 0]);
  const found = relocationsOf(object, data).map(({ offset, addend }) => [offset, addend]);
  assert.deepEqual(found, [
    [0, 0],
    [0, 1],
    [16, 0],
    [24, 1],
    [32, 0],
  ]);
  assert.deepEqual(relocationsOf(object, bss), []);
});

test('a single table in order is not copied', () => {
  const { object, data } = twoTables([0, 8, 16], []);
  const table = object.sections.find(({ name }) => name === '.rela.data');
  assert.ok(table?.content.kind === 'relocations');
  const single = { ...object, sections: object.sections.filter(({ name }) => name !== '.klp.rela.x..data') };
  assert.equal(indexRelocations(single).get(data), table.content.relocations);
});

test('symbols of a section come in the order of the table', () => {
  const { object, data, bss } = twoTables([], []);
  assert.deepEqual(
    symbolsIn(object, data).map(({ name }) => name),
    ['b', 'a'],
  );
  assert.deepEqual(symbolsIn(object, bss), []);
  assert.deepEqual(symbolsIn(object, sectionIndex(99)), []);
});

test('bytes and sizes of sections', () => {
  const { sections } = twoTables([0], []).object;
  assert.deepEqual(sections.map(sectionSize), [
    undefined,
    64,
    9,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(sections.map((section) => sectionBytes(section)?.length).slice(0, 3), [
    undefined,
    64,
    undefined,
  ]);
});

test('strings of C', () => {
  const bytes = text('one\0\xe9\0tail');
  assert.equal(readCString(bytes, 0), 'one');
  assert.equal(readCString(bytes, 2), 'e');
  assert.equal(readCString(bytes, 3), '');
  assert.equal(readCString(bytes, 4), '\xe9');
  for (const outside of [6, 10, 11, -1]) assert.equal(readCString(bytes, outside), undefined);
  assert.equal(readCString(bytes.subarray(4), 0), '\xe9');
});

test('relocation types', () => {
  assert.equal(relocationName(R_X86_64['32S']), 'R_X86_64_32S');
  assert.equal(relocationName(4096), 'relocation type 4096');
  assert.equal(relocationWidth(R_X86_64.PC64), 8);
  assert.equal(relocationWidth(R_X86_64.COPY), undefined);
  assert.equal(isPcRelative(R_X86_64.GOTPCRELX), true);
  assert.equal(isPcRelative(R_X86_64['32S']), false);
});
