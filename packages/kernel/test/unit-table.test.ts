// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeUnits, encodeUnits } from '../src/kbuild/unit-table.ts';
import type { TranslationUnit } from '../src/model.ts';
import { assertCode } from './support/codes.ts';

function unit(folder: string, base: string, owner: string): TranslationUnit {
  const object = `${folder}/${base}.o`;
  return {
    source: `${folder}/${base}.c`,
    objectFile: object,
    owners: [owner],
    compile: [
      'gcc-12',
      `-Wp,-MMD,${folder}/.${base}.o.d`,
      '-O2',
      `-DKBUILD_BASENAME="${base.replaceAll('-', '_')}"`,
      `-DKBUILD_MODNAME="${owner}"`,
      '-c',
      '-o',
      object,
      `${folder}/${base}.c`,
    ],
    post: [['./tools/objtool/objtool', '--module', object]],
  };
}

const plain = ({ source, objectFile, owners, outside, compile, post }: TranslationUnit): TranslationUnit => ({
  source,
  objectFile,
  owners,
  compile,
  post,
  ...(outside === undefined ? {} : { outside }),
});

const roundTrip = (units: readonly TranslationUnit[]): TranslationUnit[] =>
  decodeUnits(encodeUnits(units)).map(plain);

describe('the table of units', () => {
  test('gives back what was put in', () => {
    const units = [unit('fs/ext4', 'balloc', 'ext4'), unit('net/core', 'sock-diag', 'vmlinux')];
    const outside = { ...unit('arch/x86/boot', 'main', 'vmlinux'), owners: [], outside: 'it is a stub' };
    assert.deepEqual(roundTrip([...units, outside]), [...units, outside]);
  });

  test('keeps a command once for all units that share it', () => {
    const units = ['balloc', 'bitmap', 'dir'].map((base) => unit('fs/ext4', base, 'ext4'));
    assert.equal(JSON.parse(encodeUnits(units)).templates.length, 1);
  });

  test('is right where a flag holds the name of the unit', () => {
    const odd = unit('lib', 'unused', 'vmlinux');
    const units = [
      { ...odd, compile: [...odd.compile, '-Wno-unused', '-Ilib/unused'] },
      unit('lib', 'lib', 'lib'),
    ];
    assert.deepEqual(roundTrip(units), units);
  });

  test('gives back any units', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_./=",-]{1,12}$/);
    const fields = {
      source: word,
      objectFile: word,
      owners: fc.array(fc.stringMatching(/^[a-z_]{1,6}$/), { maxLength: 2 }),
      compile: fc.array(word, { minLength: 1, maxLength: 6 }),
      post: fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
    };
    const arbitrary = fc.record(fields, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 5 }), (units) =>
        assert.deepEqual(roundTrip(units), units),
      ),
    );
  });

  test('refuses words that its placeholders would spoil', () => {
    const odd = unit('lib', 'ctype', 'vmlinux');
    assertCode('KBUILD_UNREADABLE', () => encodeUnits([{ ...odd, compile: [...odd.compile, '-D\uE003'] }]));
  });

  test('refuses another version', () => {
    const text = encodeUnits([]).replace('"version":1', '"version":2');
    assertCode('BASELINE_SCHEMA', () => decodeUnits(text));
  });

  for (const [name, text] of [
    ['text that is not JSON', '{'],
    ['no object', '3'],
    ['no rows', '{"version":1}'],
    [
      'a row with a template that is not there',
      '{"version":1,"words":[],"templates":[],"units":[["a","a.o",7,""]]}',
    ],
  ] as const) {
    test(`refuses ${name}`, () => assertCode('BASELINE_DAMAGED', () => decodeUnits(text)));
  }

  test('refuses a template with a word that is not there', () => {
    const text = '{"version":1,"words":[],"templates":[[[5]]],"units":[["a.c","a.o",0,""]]}';
    assertCode('BASELINE_DAMAGED', () => decodeUnits(text)[0]?.compile);
  });
});
