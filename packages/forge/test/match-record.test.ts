// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Address, address } from '@uptide/elf';
import fc from 'fast-check';
import { dissect } from '../src/dissect/dissect.ts';
import type { Piece } from '../src/dissect/piece.ts';
import { type Mask, type MatchRecord, recordMatch } from '../src/match/record.ts';
import type { Shipped } from '../src/match/shipped.ts';
import { assembled, local } from './support/assembly.ts';

/** Shipped code that holds given bytes at one address. */
function shippedBytes(bytes: Uint8Array, object = 'vmlinux', at = -0x7f000000): Shipped & { at0: Address } {
  return {
    object,
    at0: address(at),
    named: () => [],
    at: () => [],
    read: (from, length) => (from === at && length <= bytes.length ? bytes.subarray(0, length) : undefined),
    contains: () => true,
    sealed: () => false,
    imported: () => undefined,
  };
}

/** The function `foo` of a source. */
async function fooOf(...parts: readonly string[]): Promise<Piece> {
  const piece = dissect(await assembled(...parts)).named.get('foo')?.[0];
  assert.ok(piece);
  return piece;
}

function recordOf(piece: Piece, object?: string, bytes = piece.bytes): MatchRecord {
  const shipped = shippedBytes(bytes ?? new Uint8Array(), object);
  const record = recordMatch(piece, shipped.at0, shipped);
  assert.ok(record);
  return record;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An entry of a table of relative addresses for a label. */
const site = (section: string, label: string): string =>
  `.pushsection ${section},"a"\n.long ${label} - .\n.popsection`;

const ALTERNATIVE = [
  '661: .nops 7',
  '.pushsection .altinstructions,"a"',
  '.long 661b - ., 663f - .',
  '.word 16',
  '.byte 7, 3',
  '.popsection',
  '.pushsection .altinstr_replacement,"ax"',
  '663: .byte 0x0f, 0x01, 0xca',
  '.popsection',
];

/** Instructions that the kernel rewrites, the table that says so, and what is masked of them. */
const REWRITTEN: readonly (readonly [string, readonly string[], Mask])[] = [
  ['an alternative', ALTERNATIVE, { offset: 1, length: 7, kind: 'alternative' }],
  [
    'a paravirt call',
    [
      '1: call *pv_ops(%rip)',
      '.pushsection .parainstructions,"a"',
      '.balign 8',
      '.quad 1b',
      '.byte 8, 6',
      '.balign 8',
      '.popsection',
    ],
    { offset: 1, length: 6, kind: 'paravirt' },
  ],
  [
    'a jump label of two bytes',
    [
      '1: jmp 2f',
      '.pushsection __jump_table,"aw"',
      '.long 1b - ., 2f - .',
      '.quad key - .',
      '.popsection',
      '2:',
    ],
    { offset: 1, length: 2, kind: 'jump-label' },
  ],
  [
    'a static call',
    ['1: call f', '.pushsection .static_call_sites,"aw"', '.long 1b - ., key - .', '.popsection'],
    { offset: 1, length: 5, kind: 'static-call' },
  ],
  [
    'an indirect call',
    ['1: call __x86_indirect_thunk_rax', site('.retpoline_sites', '1b')],
    { offset: 1, length: 5, kind: 'retpoline' },
  ],
  [
    'a return',
    ['1: jmp __x86_return_thunk', site('.return_sites', '1b')],
    { offset: 1, length: 5, kind: 'return-thunk' },
  ],
  [
    'a call that is counted',
    ['1: call f', site('.call_sites', '1b')],
    { offset: 1, length: 5, kind: 'call-thunk' },
  ],
  [
    'a lock prefix',
    ['1: lock incl (%rax)', site('.smp_locks', '1b')],
    { offset: 1, length: 1, kind: 'lock-prefix' },
  ],
  [
    'the call of ftrace',
    ['1: call __fentry__', '.pushsection __mcount_loc,"a"', '.quad 1b', '.popsection'],
    { offset: 1, length: 5, kind: 'fentry' },
  ],
];

describe('the record of a match', () => {
  for (const [what, body, mask] of REWRITTEN) {
    it(`masks ${what}`, async () => {
      const piece = await fooOf(local('foo', 'cld', ...body, 'std'));
      const record = recordOf(piece);
      assert.deepEqual(record.masks, [mask]);
      const bytes = Uint8Array.from(piece.bytes ?? []);
      bytes.fill(0, mask.offset, mask.offset + mask.length);
      assert.equal(record.sha256, digest(bytes));
      for (const at of [mask.offset - 1, mask.offset + mask.length]) {
        const other = Uint8Array.from(piece.bytes ?? []);
        other[at] = 0xaa;
        assert.notEqual(recordOf(piece, 'vmlinux', other).sha256, record.sha256, `byte ${at} counts`);
      }
    });
  }

  it('masks absolute addresses, which move with the random base, and no distances', async () => {
    const piece = await fooOf(local('foo', 'mov $x, %rdi', 'lea x(%rip), %rax', 'call f', 'movabs $x, %rax'));
    // What the link wrote: distances to places of the image, which are below zero.
    assert.deepEqual(recordOf(piece).masks, [
      { offset: 3, length: 4, kind: 'address' },
      { offset: 21, length: 8, kind: 'address' },
    ]);
  });

  it('masks every address in a module', async () => {
    const piece = await fooOf(local('foo', 'mov $x, %rdi', 'lea x(%rip), %rax', 'call f'));
    assert.deepEqual(
      recordOf(piece, 'sctp').masks.map(({ offset, length }) => [offset, length]),
      [
        [3, 4],
        [10, 4],
        [15, 4],
      ],
    );
  });

  it('masks distances to per-CPU variables, which are counted from zero', async () => {
    const piece = await fooOf(local('foo', 'mov %gs:x(%rip), %rax'));
    const bytes = Uint8Array.from(piece.bytes ?? []);
    new DataView(bytes.buffer).setInt32(4, 0x7f000000 - bytes.length + 0x1d000, true);
    assert.deepEqual(recordOf(piece, 'vmlinux', bytes).masks, [{ offset: 4, length: 4, kind: 'address' }]);
  });

  it('leaves alone the distances that no relocation made', async () => {
    const source =
      '.section .text.foo,"ax"\n.type foo,@function\nfoo: jmp.d32 bar\n.size foo, . - foo\n.type bar,@function\nbar: ret';
    const piece = await fooOf(source);
    assert.equal(piece.references[0]?.implicit, true);
    assert.deepEqual(recordOf(piece, 'sctp').masks, []);
  });

  it('is of the shipped bytes, not of ours', async () => {
    const piece = await fooOf(local('foo', 'mov $x, %rdi', 'ret'));
    const shipped = Uint8Array.from([0x48, 0xc7, 0xc7, 0x12, 0x34, 0x56, 0x78, 0xc3]);
    const masked = Uint8Array.from([0x48, 0xc7, 0xc7, 0, 0, 0, 0, 0xc3]);
    assert.equal(recordOf(piece, 'vmlinux', shipped).sha256, digest(masked));
    assert.equal(recordMatch(piece, address(0), shippedBytes(shipped)), undefined);
  });

  it('joins masks that overlap; the first names them', async () => {
    const piece = await fooOf(
      local('foo', ...ALTERNATIVE.slice(0, 1), '1:', ...ALTERNATIVE.slice(1), 'lock incl x(%rip)', 'call x'),
    );
    const overlapping = {
      ...piece,
      references: piece.references.map((reference) => ({
        ...reference,
        at: reference.at === 10 ? 5 : reference.at,
      })),
    };
    assert.deepEqual(recordOf(overlapping, 'sctp').masks, [
      { offset: 0, length: 9, kind: 'alternative' },
      { offset: 15, length: 4, kind: 'address' },
    ]);
  });

  it('has masks in order, apart and inside of the function, whatever the references and entries', async () => {
    const base = await fooOf(local('foo', ...ALTERNATIVE, 'call x', '.skip 50'));
    const [entry] = base.entries;
    const [reference] = base.references;
    assert.ok(entry && reference);
    const place = fc.integer({ min: 0, max: (base.bytes?.length ?? 0) + 8 });
    fc.assert(
      fc.property(fc.array(place), fc.array(place), (sites, fields) => {
        const record = recordOf({
          ...base,
          entries: sites.map((ownerOffset) => ({ ...entry, ownerOffset })),
          references: fields.map((at) => ({ ...reference, at, type: 11 })).sort((a, b) => a.at - b.at),
        });
        let end = 0;
        for (const { offset, length } of record.masks) {
          assert.ok(offset >= end && length > 0);
          end = offset + length;
        }
        assert.ok(end <= (base.bytes?.length ?? 0));
      }),
    );
  });

  it('masks nothing of a site without bytes', async () => {
    const piece = await fooOf(local('foo', 'cld', ...ALTERNATIVE));
    const [entry] = piece.entries;
    assert.ok(entry);
    const bytes = Uint8Array.from(entry.bytes);
    bytes[10] = 0;
    assert.deepEqual(recordOf({ ...piece, entries: [{ ...entry, bytes }] }).masks, []);
  });
});
