// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ElfObject,
  locateDifference,
  ObjectBuilder,
  type ObjectDifference,
  R_X86_64,
  SHT,
  STB,
  STT,
} from '../src/index.ts';

interface Shape {
  readonly section?: string;
  readonly bytes?: readonly number[];
  readonly size?: number;
  readonly name?: string;
  readonly addends?: readonly number[];
  readonly extra?: boolean;
}

/** A section of eight bytes, of which the first four are a function, with relocations at byte 2 and on. */
function object(shape: Shape = {}): ElfObject {
  const { section = '.text', bytes = [1, 2, 3, 4, 5, 6, 7, 8], size = 4, name = 'f', addends = [0] } = shape;
  const builder = new ObjectBuilder();
  const content = { kind: 'bytes', bytes: Uint8Array.from(bytes) } as const;
  const text = builder.addSection({ name: section, type: SHT.PROGBITS, content });
  const home = { kind: 'section', section: text } as const;
  const symbol = builder.addSymbol({ name, value: 0, size, bind: STB.GLOBAL, type: STT.FUNC, home });
  for (const [index, addend] of addends.entries()) {
    builder.addRelocation(text, { offset: 2 + index, type: R_X86_64.PC32, symbol, addend });
  }
  if (shape.extra === true) builder.addSection({ name: '.extra', type: SHT.PROGBITS, content });
  return builder.build();
}

/** The place alone: words may change. */
function placeOf(difference: ObjectDifference | undefined): object | undefined {
  if (difference === undefined) return undefined;
  const { what, ...place } = difference;
  assert.notEqual(what, '');
  return place;
}

describe('the first difference of two objects', () => {
  const cases: [string, Shape, object | undefined][] = [
    ['none', {}, undefined],
    [
      'a byte of a function',
      { bytes: [1, 2, 9, 4, 5, 6, 7, 9] },
      { section: '.text', symbol: 'f', offset: 2 },
    ],
    ['a byte outside of functions', { bytes: [1, 2, 3, 4, 5, 6, 9, 8] }, { section: '.text', offset: 6 }],
    ['fewer bytes', { bytes: [1, 2, 3, 4, 5, 6] }, { section: '.text', offset: 6 }],
    ['more bytes', { bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, { section: '.text', offset: 8 }],
    ['a relocation', { addends: [8] }, { section: '.text', symbol: 'f', offset: 2 }],
    ['the name of a section', { section: '.data' }, { section: '.text' }],
    ['the size of a symbol', { size: 6 }, { symbol: 'f' }],
    ['the name of a symbol', { name: 'g' }, { symbol: 'f' }],
  ];
  for (const [what, shape, place] of cases) {
    it(`is found: ${what}`, () => {
      assert.deepEqual(placeOf(locateDifference(object(), object(shape))), place);
    });
  }

  it('is found when one has more', () => {
    for (const shape of [{ extra: true }, { addends: [0, 0] }]) {
      assert.notEqual(locateDifference(object(), object(shape)), undefined);
      assert.notEqual(locateDifference(object(shape), object()), undefined);
    }
  });
});
