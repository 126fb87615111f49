// SPDX-License-Identifier: GPL-2.0-or-later

// Whatever a function refers to, the linked module refers to the same. Bodies are made at random out of all
// kinds of fields and targets; the module is taken apart again, and each field of the copy must lead where that
// of the patched object leads: by name to what stays, by content to what went along.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ElfObject, readObject, SHF } from '@uptide/elf';
import fc from 'fast-check';
import type { Cut } from '../src/cut/cut.ts';
import { dissect } from '../src/dissect/dissect.ts';
import type { Piece, Reference, Target } from '../src/dissect/piece.ts';
import { assembled, code, data, FENTRY, joined, local, text } from './support/assembly.ts';
import { cutOf, shippedFrom, unitOf } from './support/units.ts';
import { exportsOf, LinkedModule, linked } from './support/updates.ts';

/** What the functions of the unit may refer to: of the unit, of another, exported, or without a name. */
const TARGETS = [
  'helper',
  'changed',
  'fresh',
  'far',
  'kfree',
  'state',
  'made',
  '.Ltext',
  '.Lsame',
  '.Lnumber',
  '.Ltable',
];

const INSTRUCTIONS: readonly ((to: string) => string)[] = [
  (to) => `call ${to}`,
  (to) => `jne ${to}`,
  (to) => `lea ${to}(%rip), %rax`,
  (to) => `cmpb $5, ${to}(%rip)`,
  (to) => `movl $0x12345678, ${to}+8(%rip)`,
  (to) => `mov $${to}, %rdi`,
  (to) => `mov ${to}-8(,%rax,8), %rdi`,
  (to) => `movabs $${to}+4, %rdi`,
];

/** Instructions as they stand, without a field. */
const PLAIN = ['cld', 'xor %eax, %eax', 'push %rbx', 'rep stosb', 'mov $0x11223344, %eax'];

const instruction = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...PLAIN) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(...INSTRUCTIONS), fc.constantFrom(...TARGETS))
      // Literals have no code in them; and only data has places before and inside.
      .filter(([make, to]) => !to.startsWith('.L') || !/call|jne/.test(make(to)))
      .filter(([make, to]) => ['state', 'kfree', 'far'].includes(to) || !/-8|\+/.test(make(to)))
      .map(([make, to]) => make(to)),
  },
);
const bodies = fc.record({
  changed: fc.array(instruction, { maxLength: 12 }),
  fresh: fc.array(instruction, { maxLength: 6 }),
  shared: fc.boolean(),
  twin: fc.boolean(),
});

/** Two calls of ftrace, one of klp, and the description. */
const FRAME_FIELDS = 4;
/** `mod` and `objs` of the description and two of struct module; a function has a name, code, and here an object. */
const DESCRIPTION_FIELDS = 4;

function unit(changed: readonly string[], fresh: readonly string[] | undefined, shared: boolean): string {
  return [
    local('helper', FENTRY, 'nop', 'ret'),
    // Keeps each target in the pre object, so that the match tells where all of them are.
    local('user', FENTRY, 'call helper', 'call far', 'mov state(%rip), %rax', 'ret'),
    shared
      ? code('.sched.text', 'changed', [FENTRY, ...changed, 'ret'])
      : local('changed', FENTRY, ...changed, 'ret'),
    data('.data.state', 'aw', 'state', '.quad 0, 0'),
    text('.Lbefore', 'before'),
    text('.Ltext', 'text'),
    text('.Lsame', 'text'),
    '.section .rodata.cst8,"aM",@progbits,8\n.quad 1\n.Lnumber: .quad 42',
    '.section .rodata,"a"\n.Ltable: .quad helper, state + 8, .Ltext, kfree',
    ...(fresh === undefined
      ? []
      : [
          local('fresh', FENTRY, ...fresh, 'ret'),
          data('.data.made', 'aw', 'made', '.quad .Lnumber, fresh, far'),
        ]),
  ].join('\n');
}

describe('a linked module', () => {
  it('refers to what the patched object refers to', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async ({ changed, fresh, shared, twin }) => {
        const pre = unit(['std'], undefined, shared);
        const post = unit(changed, fresh, shared);
        const others = `${local('helper', FENTRY, 'nop', 'ret')}\n.globl far\n${local('far', FENTRY, 'ret')}`;
        const shipped = shippedFrom(await joined(...(twin ? [others, pre] : [pre, others])));
        const own = unitOf({ pre: await assembled(pre), post: await assembled(post), shipped });
        const cut = cutOf([own], { __fentry__: 'vmlinux', kfree: 'vmlinux' });
        assert.deepEqual(cut.findings, []);
        const bytes = await linked(cut, { exports: exportsOf() });
        check(cut, bytes, twin ? 2 : 1);
      }),
      { numRuns: 40, seed: 6 },
    );
  });
});

function check(cut: Cut, bytes: Uint8Array, position: number): void {
  const module = dissect(withoutLoadedTables(readObject(bytes)));
  const compared = new Set<Piece>();
  for (const { piece } of cut.pieces.filter((each) => each.piece.kind === 'function')) {
    const copy = module.named.get(piece.name)?.[0];
    assert.ok(copy, piece.name);
    samePiece(piece, copy, position, compared);
  }
  // No field of the cut is without a relocation in the module, and none is there twice.
  const due = cut.pieces.reduce(
    (sum, { references, entries }) =>
      sum + references.length + entries.reduce((count, entry) => count + entry.references.length, 0),
    0,
  );
  const relocations = new LinkedModule(bytes).relocations();
  const places = new Set(
    relocations.map(([table, at]) => `${table.replace(/^(\.klp)?\.rela(\.vmlinux\.)?/, '')} ${at}`),
  );
  assert.equal(places.size, relocations.length);
  assert.equal(relocations.length, due + FRAME_FIELDS + DESCRIPTION_FIELDS + 3 * cut.functions.length);
}

/** The module as an object of a compiler, which has no relocations that are loaded. */
function withoutLoadedTables(object: ElfObject): ElfObject {
  const sections = object.sections.map((section) =>
    section.content.kind === 'relocations' ? { ...section, flags: section.flags & ~SHF.ALLOC } : section,
  );
  return { ...object, sections };
}

function samePiece(ours: Piece, copy: Piece, position: number, compared: Set<Piece>): void {
  if (compared.has(ours)) return;
  compared.add(ours);
  assert.deepEqual(
    ours.references.map(({ at, width, type, base }) => [at, width, type, base]),
    copy.references.map(({ at, width, type, base }) => [at, width, type, base]),
    ours.name,
  );
  ours.references.forEach((reference, i) => {
    const other = copy.references[i];
    assert.ok(other);
    sameTarget(reference, other.target, position, compared);
  });
}

function sameTarget(reference: Reference, to: Target, position: number, compared: Set<Piece>): void {
  const { target, branch } = reference;
  if (target.kind === 'external') {
    const name = target.symbol.name === 'far' ? '.klp.sym.vmlinux.far,0' : target.symbol.name;
    assert.deepEqual(
      [to.kind, to.kind === 'external' && to.symbol.name, to.offset],
      ['external', name, target.offset],
    );
    return;
  }
  const { piece } = target;
  const stays = ['helper', 'state', 'user'].includes(piece.name) || (piece.name === 'changed' && !branch);
  if (stays) {
    const rank = piece.name === 'helper' ? position : 0;
    const name = `.klp.sym.vmlinux.${piece.name},${rank}`;
    assert.deepEqual(
      [to.kind, to.kind === 'external' && to.symbol.name, to.offset],
      ['external', name, target.offset],
    );
    return;
  }
  assert.ok(to.kind === 'piece', piece.name);
  if (piece.kind === 'function') {
    assert.deepEqual([to.piece.name, to.offset], [piece.name, target.offset]);
    samePiece(piece, to.piece, position, compared);
    return;
  }
  // Data has no symbol in the module: it is compared by what is there.
  const start = to.piece.start + to.offset - target.offset;
  const { content } = to.piece.section;
  assert.ok(content.kind === 'bytes' && piece.bytes !== undefined);
  const masked = Uint8Array.from(piece.bytes);
  for (const { at, width } of piece.references) masked.fill(0, at, at + width);
  assert.deepEqual(Buffer.from(content.bytes.subarray(start, start + masked.length)), Buffer.from(masked));
}
