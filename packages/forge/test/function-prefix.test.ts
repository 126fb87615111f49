// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CutPiece } from '../src/cut/cut.ts';
import { dissect } from '../src/dissect/dissect.ts';
import type { Piece } from '../src/dissect/piece.ts';
import { Assembly } from '../src/link/assembly.ts';
import { placePieces } from '../src/link/place-pieces.ts';
import { assembled } from './support/assembly.ts';

/** A function behind 16 bytes of padding that objtool has named. */
function padded(name: string, padding = 16): string {
  return `
.balign 16
__pfx_${name}:
.skip ${padding}, 0x90
.type __pfx_${name}, @function
.size __pfx_${name}, ${padding}
.type ${name}, @function
${name}:
endbr64
call __fentry__
ret
.size ${name}, . - ${name}
`;
}

/** An unwinding entry that begins at a label. */
function orc(label: string, byte: number): string {
  return `
.section .orc_unwind_ip,"a"
.long ${label} - .
.section .orc_unwind,"a"
.fill 6, 1, ${byte}
`;
}

const SECTION = '.section .sched.text,"ax",@progbits\n';

async function functionsOf(...parts: readonly string[]): Promise<Piece[]> {
  const { pieces } = dissect(await assembled(...parts));
  return pieces.filter(({ kind }) => kind === 'function');
}

function placed(pieces: readonly Piece[]): { bytes: Uint8Array; at: readonly (number | undefined)[] } {
  const assembly = new Assembly();
  const cut = pieces.map((piece): CutPiece => ({ piece, object: 'vmlinux', references: [], entries: [] }));
  const places = placePieces(assembly, cut);
  const [text] = assembly.sections();
  assert.ok(text);
  return { bytes: text.bytes(0xcc), at: pieces.map((piece) => places.get(piece)?.offset) };
}

describe('padding before a function', () => {
  it('belongs to the function and is none of its own', async () => {
    const functions = await functionsOf(SECTION, padded('foo'), padded('bar'));
    assert.deepEqual(
      functions.map(({ name, start, lead }) => [name, start, lead]),
      [
        ['foo', 16, 16],
        ['bar', 48, 16],
      ],
    );
  });

  it('has the unwinding entry of its function, also behind another function', async () => {
    const entries = [orc('__pfx_foo', 1), orc('__pfx_bar', 2), orc('bar + 4', 3)];
    const [foo, bar] = await functionsOf(SECTION, padded('foo'), padded('bar'), ...entries);
    assert.deepEqual(
      foo?.entries.map(({ ownerOffset, companion }) => [ownerOffset, companion?.[0]]),
      [[-16, 1]],
    );
    assert.deepEqual(
      bar?.entries.map(({ ownerOffset, companion }) => [ownerOffset, companion?.[0]]),
      [
        [-16, 2],
        [4, 3],
      ],
    );
  });

  it('is unwound as the function before when objtool has written one entry for both', async () => {
    const [, bar] = await functionsOf(SECTION, padded('foo'), padded('bar'), orc('__pfx_foo', 1));
    assert.deepEqual(
      bar?.entries.map(({ ownerOffset, companion }) => [ownerOffset, companion?.[0]]),
      [[-16, 1]],
    );
  });

  it('is a function when none of its name begins where it ends', async () => {
    const alone = await functionsOf(SECTION, padded('foo').replace('foo:\nendbr64', 'endbr64\nfoo:'));
    assert.deepEqual(
      alone.map(({ name, lead }) => [name, lead]),
      [
        ['__pfx_foo', 0],
        ['foo', 0],
      ],
    );
  });

  it('stands before the function in the module, whose entry stays aligned', async () => {
    const functions = await functionsOf(SECTION, padded('foo'), padded('bar'));
    const { bytes, at } = placed(functions);
    assert.deepEqual(at, [16, 48]);
    for (const start of [16, 48])
      assert.deepEqual([...bytes.subarray(start - 16, start)], Array(16).fill(0x90));
    assert.equal(bytes[16 + 10], 0xcc);
  });

  it('is filled up when its size would move the entry', async () => {
    const { bytes, at } = placed(await functionsOf(SECTION, '.skip 5, 0x90\n', padded('foo', 11)));
    assert.deepEqual(at, [16]);
    assert.deepEqual([...bytes.subarray(0, 16)], Array(16).fill(0x90));
  });

  it('is as it was compiled', async () => {
    const { bytes } = placed(await functionsOf(SECTION, padded('foo').replace('0x90', '0x66')));
    assert.deepEqual([...bytes.subarray(0, 16)], Array(16).fill(0x66));
  });
});
