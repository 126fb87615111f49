// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type ElfObject,
  type ElfSymbol,
  formatAddress,
  readImage,
  readObject,
  relocationName,
} from '../src/index.ts';
import { ASM_SOURCE, C_SOURCE } from './support/sources.ts';
import { assemble, compile, link, readelf } from './support/tools.ts';

const TYPES = ['NOTYPE', 'OBJECT', 'FUNC', 'SECTION', 'FILE', 'COMMON', 'TLS'];
const BINDS = ['LOCAL', 'GLOBAL', 'WEAK'];

function column(home: ElfSymbol['home']): string {
  switch (home.kind) {
    case 'undefined':
      return 'UND';
    case 'absolute':
      return 'ABS';
    case 'common':
      return 'COM';
    case 'reserved':
      return String(home.index);
    case 'section':
      return String(home.section);
  }
}

for (const [what, make] of [
  ['C', () => compile(C_SOURCE, ['-O2', '-g', '-ffunction-sections', '-fdata-sections'])],
  ['assembly', () => assemble(ASM_SOURCE)],
] as const) {
  describe(`readelf agrees with what is read of ${what}`, () => {
    let bytes: Uint8Array;
    let object: ElfObject;
    before(async () => {
      bytes = await make();
      object = readObject(bytes);
    });

    test('symbols', async () => {
      const rows = (await readelf(bytes, '-s'))
        .split('\n')
        .filter((line) => /^ *\d+: /.test(line))
        .map((line) => line.trim().split(/\s+/));
      assert.ok(rows.length > 5);
      const ours = object.symbols.map((symbol) => {
        // readelf calls a section symbol by its section.
        const { home } = symbol;
        const section = home.kind === 'section' ? object.sections[home.section]?.name : undefined;
        const name = TYPES[symbol.type] === 'SECTION' ? section : symbol.name;
        return [
          `${symbol.index}:`,
          BigInt.asUintN(64, BigInt(symbol.value)).toString(16).padStart(16, '0'),
          String(symbol.size),
          TYPES[symbol.type],
          BINDS[symbol.bind],
          ['DEFAULT', 'INTERNAL', 'HIDDEN', 'PROTECTED'][symbol.other & 3],
          column(home),
          ...(name === '' ? [] : [name]),
        ];
      });
      assert.deepEqual(ours, rows);
    });

    test('relocations', async () => {
      const rows = (await readelf(bytes, '-r'))
        .split('\n')
        .map((line) =>
          /^([0-9a-f]{16}) +([0-9a-f]{16}) (R_\S+)(?: +[0-9a-f]{16} .* ([+-]) ([0-9a-f]+)| +([0-9a-f]+))?$/.exec(
            line,
          ),
        )
        .filter((match) => match !== null)
        .map((m) => [m[1], m[3], Number.parseInt(`${m[4] ?? ''}${m[5] ?? m[6] ?? '0'}`, 16)]);
      assert.ok(rows.length > 3);
      const ours = object.sections
        .flatMap(({ content }) => (content.kind === 'relocations' ? content.relocations : []))
        .map(({ offset, type, addend }) => [
          offset.toString(16).padStart(16, '0'),
          relocationName(type),
          addend,
        ]);
      assert.deepEqual(ours, rows);
    });

    test('section headers', async () => {
      const rows = [
        ...(await readelf(bytes, '-S')).matchAll(
          /^ {2}\[ *(\d+)\] (\S+) +(\S+) +[0-9a-f]{16} ([0-9a-f]+) ([0-9a-f]{2}).*? (\d+) +(\d+) +(\d+)$/gm,
        ),
      ].map(([, index, name, , size, entrySize, link_, info, align]) => [
        Number(index),
        name,
        Number.parseInt(entrySize ?? '', 16),
        Number(link_),
        Number(info),
        Number(align),
        size,
      ]);
      assert.equal(rows.length, object.sections.length - 1);
      for (const row of rows) {
        const section = object.sections[Number(row[0])];
        assert.ok(section !== undefined);
        const { name, entrySize, link: link_, info, align, content } = section;
        assert.deepEqual(row.slice(1, 6), [name, entrySize, link_, info, align]);
        if (content.kind === 'bytes') assert.equal(Number.parseInt(String(row[6]), 16), content.bytes.length);
        if (content.kind === 'nobits') assert.equal(Number.parseInt(String(row[6]), 16), content.size);
      }
    });

    test('groups', async () => {
      const rows = [...(await readelf(bytes, '-g')).matchAll(/^ {3}\[ *(\d+)\]/gm)].map((m) => Number(m[1]));
      const ours = object.sections.flatMap(({ content }) =>
        content.kind === 'group' ? content.members : [],
      );
      assert.deepEqual(ours, rows);
    });
  });
}

test('readelf agrees with what is read of a linked image', async () => {
  const object = await assemble('.globl _start\n_start: ret\n.data\n.quad _start\n.bss\n.zero 100\n');
  const bytes = await link(object, ['-Ttext=0xffffffff81000000', '-Tdata=0xffffffff82000000']);
  const image = readImage(bytes);
  assert.equal(formatAddress(image.header.entry), 'ffffffff81000000');
  const rows = [
    ...(await readelf(bytes, '-S')).matchAll(/^ {2}\[ *\d+\] (\S+) +\S+ +([0-9a-f]{16}) ([0-9a-f]+) /gm),
  ];
  const ours = image.sections
    .slice(1)
    .map(({ name, address, content }) => [
      name,
      formatAddress(address),
      content.kind === 'nobits' ? content.size : content.kind === 'bytes' ? content.bytes.length : -1,
    ]);
  assert.deepEqual(
    ours,
    rows.map(([, name, address, size]) => [name, address, Number.parseInt(size ?? '', 16)]),
  );
  assert.ok(ours.some(([name]) => name === '.bss'));
});
