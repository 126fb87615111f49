// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '@uptide/base';
import fc from 'fast-check';
import { imageBtf, MAX_DEPTH, moduleBtf, readBtf } from '../src/btf/btf.ts';
import type { BtfTypes } from '../src/btf/types.ts';
import { imageOf } from '../src/image/image.ts';
import { BtfWriter, KIND } from './support/btf-writer.ts';
import { withBytes, withU32 } from './support/bytes.ts';
import { assertCode } from './support/codes.ts';
import { kernelSections, writeImage } from './support/image-writer.ts';
import { RODATA_ADDRESS } from './support/kallsyms-writer.ts';
import { writeModule } from './support/module-writer.ts';

/** Types in the manner of the kernel's. */
function writeTypes(): BtfWriter {
  const writer = new BtfWriter();
  const int = writer.int('int', 4, true);
  const long = writer.int('unsigned long', 8);
  const pointer = writer.add(KIND.PTR, '', int);
  const inner = writer.struct('', 16, [
    { name: 'next', type: pointer, bitOffset: 0 },
    { name: 'deep', type: long, bitOffset: 64 },
  ]);
  const constant = writer.add(KIND.CONST, '', inner);
  const either = writer.composite('union', '', 16, [
    { name: '', type: constant, bitOffset: 0 },
    { name: 'whole', type: long, bitOffset: 0 },
  ]);
  writer.struct('task', 32, [
    { name: 'pid', type: int, bitOffset: 0 },
    { name: '', type: either, bitOffset: 64 },
    { name: 'named', type: inner, bitOffset: 192 },
  ]);
  writer.struct('flags', 4, [
    { name: 'whole_byte', type: int, bitOffset: 8, bitSize: 8 },
    { name: 'odd', type: int, bitOffset: 17, bitSize: 1 },
  ]);
  return writer;
}

describe('a look-up by name', () => {
  const types = readBtf(writeTypes().end());

  test('gives the size of structs and unions', () => {
    assert.equal(types.structSize('task'), 32);
    assert.equal(types.structSize('flags'), 4);
    assert.equal(types.structSize('int'), undefined);
    assert.equal(types.structSize('none'), undefined);
    assert.equal(types.structSize(''), undefined, 'anonymous structs have no name to be looked up by');
  });

  test('gives the offset of members, also inside members without a name', () => {
    assert.equal(types.memberOffset('task', 'pid'), 0);
    assert.equal(types.memberOffset('task', 'whole'), 8);
    assert.equal(types.memberOffset('task', 'next'), 8);
    assert.equal(types.memberOffset('task', 'deep'), 16);
    assert.equal(types.memberOffset('task', 'named'), 24);
    assert.equal(types.memberOffset('task', 'none'), undefined);
    assert.equal(types.memberOffset('task', ''), undefined);
    assert.equal(types.memberOffset('none', 'pid'), undefined);
  });

  test('gives a byte offset of a bit-field only where it begins at a byte', () => {
    assert.equal(types.memberOffset('flags', 'whole_byte'), 1);
    assertCode('BTF_BIT_FIELD', () => types.memberOffset('flags', 'odd'));
    assert.deepEqual(types.members('flags'), [
      { name: 'whole_byte', type: 1, bitOffset: 8, bitSize: 8 },
      { name: 'odd', type: 1, bitOffset: 17, bitSize: 1 },
    ]);
  });

  test('is refused where types of one name differ in what was asked', () => {
    const writer = writeTypes();
    writer.struct('task', 32, [{ name: 'pid', type: 1, bitOffset: 0 }]);
    writer.struct('flags', 8, []);
    const twice = readBtf(writer.end());
    assert.equal(twice.structSize('task'), 32);
    assert.equal(twice.memberOffset('task', 'pid'), 0);
    assertCode('BTF_AMBIGUOUS', () => twice.memberOffset('task', 'named'));
    assertCode('BTF_AMBIGUOUS', () => twice.members('task'));
    assertCode('BTF_AMBIGUOUS', () => twice.structSize('flags'));
  });

  test('is refused where a struct has two members of that name', () => {
    const writer = new BtfWriter();
    const int = writer.int('int', 4);
    writer.struct('odd', 8, [
      { name: 'twin', type: int, bitOffset: 0 },
      { name: 'twin', type: int, bitOffset: 32 },
    ]);
    assertCode('BTF_AMBIGUOUS', () => readBtf(writer.end()).memberOffset('odd', 'twin'));
  });
});

describe('types', () => {
  test('of every kind are decoded', () => {
    const writer = new BtfWriter();
    const int = writer.int('int', 4, true);
    const records: readonly (readonly [number, unknown])[] = [
      [int, { kind: 'int', name: 'int', size: 4, signed: true }],
      [writer.add(KIND.PTR, '', int), { kind: 'pointer', to: int }],
      [writer.array(int, 7), { kind: 'array', element: int, count: 7 }],
      [writer.composite('union', 'u', 4, []), { kind: 'union', name: 'u', size: 4, members: [] }],
      [
        writer.add(KIND.ENUM, 'sign', 4, { flag: true, length: 1, rest: [writer.string('MINUS'), -1] }),
        { kind: 'enum', name: 'sign', size: 4, values: [{ name: 'MINUS', value: -1n }] },
      ],
      [
        writer.add(KIND.ENUM, 'plain', 4, { length: 1, rest: [writer.string('TOP'), 0xffffffff] }),
        { kind: 'enum', name: 'plain', size: 4, values: [{ name: 'TOP', value: 0xffffffffn }] },
      ],
      [
        writer.add(KIND.ENUM64, 'wide', 8, { length: 1, rest: [writer.string('BIG'), 1, 2 ** 31] }),
        { kind: 'enum', name: 'wide', size: 8, values: [{ name: 'BIG', value: 0x8000000000000001n }] },
      ],
      [
        writer.add(KIND.ENUM64, 'low', 8, { flag: true, length: 1, rest: [writer.string('LOW'), -2, -1] }),
        { kind: 'enum', name: 'low', size: 8, values: [{ name: 'LOW', value: -2n }] },
      ],
      [writer.add(KIND.FWD, 'later', 0), { kind: 'forward', name: 'later', of: 'struct' }],
      [writer.add(KIND.FWD, 'other', 0, { flag: true }), { kind: 'forward', name: 'other', of: 'union' }],
      [writer.add(KIND.TYPEDEF, 'pid_t', int), { kind: 'typedef', name: 'pid_t', to: int }],
      [writer.add(KIND.VOLATILE, '', int), { kind: 'volatile', to: int }],
      [writer.add(KIND.CONST, '', int), { kind: 'const', to: int }],
      [writer.add(KIND.RESTRICT, '', int), { kind: 'restrict', to: int }],
      [
        writer.add(KIND.FUNC_PROTO, '', int, { length: 2, rest: [writer.string('a'), int, 0, 0] }),
        {
          kind: 'prototype',
          returns: int,
          parameters: [
            { name: 'a', type: int },
            { name: '', type: 0 },
          ],
        },
      ],
      [writer.add(KIND.FUNC, 'f', 15), { kind: 'function', name: 'f', prototype: 15 }],
      [writer.add(KIND.VAR, 'v', int, { rest: [1] }), { kind: 'variable', name: 'v', type: int }],
      [
        writer.add(KIND.DATASEC, '.data', 16, { length: 1, rest: [17, 8, 4] }),
        { kind: 'section', name: '.data', size: 16, variables: [{ type: 17, offset: 8, size: 4 }] },
      ],
      [writer.add(KIND.FLOAT, 'double', 8), { kind: 'float', name: 'double', size: 8 }],
      [
        writer.add(KIND.DECL_TAG, 'tag', 4, { rest: [-1] }),
        { kind: 'declaration-tag', name: 'tag', of: 4, component: -1 },
      ],
      [writer.add(KIND.TYPE_TAG, 'user', int), { kind: 'type-tag', name: 'user', to: int }],
    ];
    const types = readBtf(writer.end());
    for (const [id, expected] of records) assert.deepEqual(types.type(id), expected);
    assert.deepEqual(types.type(0), { kind: 'void' });
    assert.equal(types.count, records.length + 1);
    assert.deepEqual(types.named('plain', 'enum'), [6]);
    assert.deepEqual(types.named('plain', 'struct'), []);
  });

  test('have sizes behind typedefs, qualifiers and arrays', () => {
    const writer = new BtfWriter();
    const int = writer.int('int', 4);
    const row = writer.array(int, 3);
    const name = writer.add(KIND.TYPEDEF, 'row_t', writer.add(KIND.CONST, '', row));
    const table = writer.array(name, 5);
    const empty = writer.array(table, 0);
    const pointer = writer.add(KIND.PTR, '', table);
    const prototype = writer.add(KIND.FUNC_PROTO, '', 0);
    const types = readBtf(writer.end());
    assert.deepEqual(
      [int, row, name, table, empty, pointer].map((id) => types.sizeOf(id)),
      [4, 12, 12, 60, 0, 8],
    );
    assert.equal(types.sizeOf(prototype), undefined);
    assert.equal(types.sizeOf(0), undefined);
    assert.equal(types.resolve(name), row);
  });

  test('give the constants of an enum', () => {
    const writer = new BtfWriter();
    writer.add(KIND.ENUM, 'state', 4, { length: 2, rest: [writer.string('OFF'), 0, writer.string('ON'), 1] });
    const types = readBtf(writer.end());
    assert.equal(types.enumerator('state', 'ON'), 1n);
    assert.equal(types.enumerator('state', 'NONE'), undefined);
    assert.equal(types.enumerator('none', 'ON'), undefined);
  });

  test('of any layout are read as they were written', () => {
    const anyMember = fc.record({
      name: fc.stringMatching(/^[a-z]{1,6}$/),
      bitOffset: fc.integer({ min: 0, max: 2 ** 20 }).map((byte) => byte * 8),
    });
    const anyStruct = fc.record({
      name: fc.stringMatching(/^[a-z]{1,8}$/),
      size: fc.nat(),
      members: fc.uniqueArray(anyMember, { selector: ({ name }) => name, maxLength: 8 }),
    });
    const structs = fc.uniqueArray(anyStruct, { selector: ({ name }) => name, maxLength: 8 });
    fc.assert(
      fc.property(structs, (written) => {
        const writer = new BtfWriter();
        const int = writer.int('int', 4);
        for (const { name, size, members } of written) {
          writer.struct(
            name,
            size,
            members.map((member) => ({ ...member, type: int })),
          );
        }
        const types = readBtf(writer.end());
        for (const { name, size, members } of written) {
          assert.equal(types.structSize(name), size);
          for (const member of members)
            assert.equal(types.memberOffset(name, member.name), member.bitOffset / 8);
        }
      }),
    );
  });
});

describe('the types of a module', () => {
  const kernel = writeTypes();
  const kernelTypes = readBtf(kernel.end());
  const writer = new BtfWriter(kernel);
  const own = writer.struct('ext4_inode', 40, [
    { name: 'task', type: 7, bitOffset: 0 },
    { name: 'count', type: 1, bitOffset: 256 },
  ]);

  test('continue those of the kernel', () => {
    const types = moduleBtf(writeModule({ '.BTF': writer.end() }), kernelTypes);
    assert.equal(own, kernelTypes.count);
    assert.equal(types.structSize('ext4_inode'), 40);
    assert.equal(types.memberOffset('ext4_inode', 'count'), 32);
    assert.equal(types.structSize('task'), 32);
    assert.deepEqual(types.type(1), kernelTypes.type(1));
    assert.equal(types.sizeOf(7), 32);
  });

  test('are missing where there is no section', () => {
    assertCode('BTF_MISSING', () => moduleBtf(writeModule({}), kernelTypes));
  });

  test('need the base that they were written for', () => {
    const alone = readBtf(writer.end());
    assertCode('BTF_BAD_STRING', () => alone.type(1));
  });
});

test('the types of an image are those of its section', () => {
  const btf = { name: '.BTF', address: RODATA_ADDRESS + 0x180000, content: writeTypes().end() };
  const sections = kernelSections(Buffer.from('constants'));
  assert.equal(imageBtf(imageOf(writeImage([...sections, btf]))).structSize('task'), 32);
  assertCode('BTF_MISSING', () => imageBtf(imageOf(writeImage(sections))));
});

describe('damaged type information is refused:', () => {
  const section = writeTypes().end();

  test('a header that contradicts the section', () => {
    assertCode('BTF_BAD_HEADER', () => readBtf(section.subarray(0, 23)));
    assertCode('BTF_BAD_HEADER', () => readBtf(withBytes(section, 0, 0)));
    assertCode('BTF_BAD_HEADER', () => readBtf(withBytes(section, 2, 2)));
    assertCode('BTF_BAD_HEADER', () => readBtf(withU32(section, 4, 20)));
    assertCode('BTF_BAD_HEADER', () => readBtf(withU32(section, 4, 0xffffffff)));
    for (const field of [8, 12, 16, 20]) {
      assertCode('BTF_BAD_HEADER', () => readBtf(withU32(section, field, 0xffffffff)));
    }
  });

  test('strings without an end', () => {
    assertCode('BTF_BAD_HEADER', () => readBtf(withBytes(section, section.length - 1, 0x61)));
  });

  test('a record of an unknown kind or of none', () => {
    assertCode('BTF_BAD_TYPE', () => readBtf(withU32(section, 28, 31 * 2 ** 24)));
    assertCode('BTF_BAD_TYPE', () => readBtf(withU32(section, 28, 0)));
  });

  test('a record that reaches past the end', () => {
    const writer = new BtfWriter();
    writer.add(KIND.STRUCT, 's', 4, { length: 3, rest: [0, 0, 0] });
    assertCode('BTF_BAD_TYPE', () => readBtf(writer.end()));
    const cut = withU32(section, 12, 12);
    assertCode('BTF_BAD_TYPE', () => readBtf(cut));
  });

  test('a name outside the strings', () => {
    const types = readBtf(withU32(section, 24, 0x7fffffff));
    assertCode('BTF_BAD_STRING', () => types.type(1));
    assertCode('BTF_BAD_STRING', () => types.named('int', 'int'));
  });

  test('a number that is no type', () => {
    const types = readBtf(section);
    for (const id of [types.count, -1, 1.5]) assertCode('BTF_BAD_TYPE', () => types.type(id));
  });

  test('types that stand behind themselves', () => {
    const writer = new BtfWriter();
    writer.add(KIND.CONST, '', 2);
    writer.add(KIND.VOLATILE, '', 1);
    writer.array(3, 2);
    const types = readBtf(writer.end());
    assertCode('BTF_BAD_TYPE', () => types.resolve(1));
    assertCode('BTF_BAD_TYPE', () => types.sizeOf(3));
  });

  test('a struct that holds itself without a name', () => {
    const writer = new BtfWriter();
    writer.struct('self', 8, [{ name: '', type: 1, bitOffset: 0 }]);
    assertCode('BTF_BAD_TYPE', () => readBtf(writer.end()).memberOffset('self', 'x'));
  });

  test('structs without names whose members multiply', () => {
    const writer = new BtfWriter();
    let inner: number = writer.struct('', 8, []);
    for (let level = 0; level < MAX_DEPTH - 2; level++) {
      const type = inner;
      inner = writer.struct(
        '',
        8,
        Array.from({ length: 10 }, () => ({ name: '', type, bitOffset: 0 })),
      );
    }
    writer.struct('wide', 8, [{ name: '', type: inner, bitOffset: 0 }]);
    assertCode('BTF_BAD_TYPE', () => readBtf(writer.end()).memberOffset('wide', 'x'));
  });

  test('an array larger than any number', () => {
    const writer = new BtfWriter();
    let type = writer.int('int', 4);
    for (let i = 0; i < 3; i++) type = writer.array(type, 0xffffffff);
    assertCode('BTF_BAD_TYPE', () => readBtf(writer.end()).sizeOf(type));
  });
});

const C_SOURCE = `
struct list { struct list *next, *prev; };
typedef unsigned long word_t;
union either { int number; char letters[13]; struct { short low; union { int high; double real; }; }; };
struct everything {
	char first;
	struct list list;
	union either either[3];
	const volatile word_t words[2][5];
	int (*call)(struct list *, ...);
	struct { long inside; char after; };
	long last;
} everything;
enum colour { RED, GREEN = 7, BLUE = -3 } colour;
`;

test('sizes and offsets are those that pahole prints', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uptide-btf-'));
  try {
    const [source, object, btf] = ['types.c', 'types.o', 'types.btf'].map((name) => join(folder, name));
    assert.ok(source !== undefined && object !== undefined && btf !== undefined);
    writeFileSync(source, C_SOURCE);
    await run('gcc-12', ['-g', '-c', '-o', object, source], { package: 'gcc-12' });
    await run('pahole', ['--btf_encode_detached', btf, object], { package: 'dwarves' });
    const types = readBtf(readFileSync(btf));
    for (const name of ['list', 'everything']) await compareWithPahole(types, object, name);
    assert.equal(types.enumerator('colour', 'BLUE'), -3n);
    assert.equal(types.structSize('either'), 16);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** pahole ends the line of a member with its offset and size, and that of the struct with its size. */
async function compareWithPahole(types: BtfTypes, object: string, name: string): Promise<void> {
  const text = (await run('pahole', ['-C', name, object], { package: 'dwarves' })).stdout.toString();
  const size = /size: (\d+)/.exec(text)?.[1];
  assert.equal(types.structSize(name), Number(size));
  const lines = [...text.matchAll(/^.*?(\w+)(?:\)\(.*\)|(?:\[\d+\])*); +\/\* +(\d+) +(\d+) \*\/$/gm)];
  assert.ok(lines.length >= 2, text);
  for (const [, member = '', offset, memberSize] of lines) {
    assert.equal(types.memberOffset(name, member), Number(offset), `${name}.${member}`);
    const own = types.members(name)?.find((found) => found.name === member);
    if (own !== undefined) assert.equal(types.sizeOf(own.type), Number(memberSize), `${name}.${member}`);
  }
}
