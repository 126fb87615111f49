// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { address } from '@uptide/elf';
import { mentionsInImage } from '../src/match/image-mentions.ts';

const TEXT = -0x7f00_0000;
const TARGET = TEXT + 0x1000;

/** What is found of `TARGET` when the given bytes stand at `TEXT` in a section. */
function found(bytes: readonly number[], name = '.text'): string[] {
  const executable = name.endsWith('.text');
  const image = {
    sections: [{ name, address: address(TEXT), size: bytes.length, executable }],
    section: (wanted: string) => (wanted === name ? Uint8Array.from(bytes) : undefined),
  };
  return mentionsInImage(image, new Set([address(TARGET)])).map(
    ({ at, branch }) => `${branch ? 'branch' : 'address'} at ${at - TEXT}`,
  );
}

/** Four bytes, the least significant first. */
const field = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);
/** The distance from the end of a field at an offset. */
const distance = (at: number, from = 4): number[] => field(TARGET - (TEXT + at + from));

describe('a mention in an image', () => {
  for (const [what, opcode] of [
    ['a call', [0xe8]],
    ['a jump', [0xe9]],
    ['a conditional jump', [0x0f, 0x84]],
  ] as const) {
    it(`is ${what}, at any byte`, () => {
      for (const before of [[], [0x90], [0x90, 0x90, 0x90]]) {
        const at = before.length + opcode.length;
        assert.deepEqual(found([...before, ...opcode, ...distance(at), 0xc3]), [`branch at ${at}`]);
      }
    });
  }

  it('is an address in an instruction or in data, of four bytes or of eight', () => {
    assert.deepEqual(found([0x48, 0xc7, 0xc0, ...field(TARGET)]), ['address at 3']);
    assert.deepEqual(found([...field(TARGET), 0xff, 0xff, 0xff, 0xff], '.data'), ['address at 0']);
  });

  it('is a distance that no branch has: lea in code, PREL32 in data', () => {
    assert.deepEqual(found([0x48, 0x8d, 0x05, ...distance(3)]), ['address at 3']);
    assert.deepEqual(found([0, ...distance(1, 0)], '.init.data'), ['address at 1']);
  });

  it('is also in init code: the caller knows that it is gone', () => {
    assert.deepEqual(found([0xe8, ...distance(1)], '.init.text'), ['branch at 1']);
  });

  it('is none in tables that speak of places in code, and none of another place', () => {
    for (const table of ['.orc_unwind_ip', '.return_sites', '__ksymtab_gpl', '.BTF']) {
      assert.deepEqual(found(distance(0, 0), table), [], table);
    }
    assert.deepEqual(found([0xe8, ...field(0x1000)]), []);
    assert.deepEqual(found([0xe8, 0x00]), []);
  });
});

it('a no-operation that ends right before a function is no mention, a call is', () => {
  const section = (bytes: readonly number[]): string[] => {
    const base = TARGET - bytes.length;
    const image = {
      sections: [{ name: '.text', address: address(base), size: bytes.length, executable: true }],
      section: () => Uint8Array.from(bytes),
    };
    return mentionsInImage(image, new Set([address(TARGET)])).map(({ branch }) => String(branch));
  };
  assert.deepEqual(section([0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0]), []);
  assert.deepEqual(section([0xe8, 0, 0, 0, 0]), ['true']);
});
