// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cut, CutEntry } from '../src/cut/cut.ts';
import { liveSymbolName } from '../src/cut/destination.ts';
import { assembled, data, FENTRY, global, joined, local, text } from './support/assembly.ts';
import { cutOf, shippedFrom, unitOf } from './support/units.ts';

/** What of an object refers to a static key `key`, a static call `call` or a text. */
const JUMP_LABEL = [
  '771: .nops 5',
  '.pushsection __jump_table,"aw"',
  '.balign 8',
  '.long 771b - ., 772f - .',
  '.quad key - .',
  '.popsection',
  '772: nop',
];
const STATIC_CALL = [
  '771: call __SCT__hook',
  '.pushsection .static_call_sites,"aw"',
  '.long 771b - ., __SCK__hook + 1 - .',
  '.popsection',
];
const BUG = [
  '771: ud2',
  '.pushsection __bug_table,"aw"',
  '.long 771b - ., .Lfile - .',
  '.word 12, 3',
  '.popsection',
];
const alternative = (old: string, replacement: string): string[] => [
  `661: ${old}`,
  '662:',
  '.pushsection .altinstructions,"a"',
  '.long 661b - ., 663f - .',
  '.word 16',
  '.byte 662b - 661b, 664f - 663f',
  '.popsection',
  '.pushsection .altinstr_replacement,"ax"',
  `663: ${replacement}`,
  '664:',
  '.popsection',
];
const paravirt = (call: string): string[] => [
  `771: ${call}`,
  '772:',
  '.pushsection .parainstructions,"a"',
  '.balign 8',
  '.quad 771b',
  '.byte 8, 772b - 771b',
  '.balign 8',
  '.popsection',
];

const exports = { __fentry__: 'vmlinux', pv_ops: 'vmlinux', clear_page: 'vmlinux' };
const foo = (...body: readonly string[]): string => local('foo', FENTRY, ...body, 'ret');

/** Cuts a function whose body stays the same but for one instruction. */
async function cut(body: readonly string[], object: string, ...rest: readonly string[]): Promise<Cut> {
  const pre = await assembled(foo(...body, 'cld'), ...rest);
  const post = await assembled(foo(...body, 'std'), ...rest);
  return cutOf([unitOf({ pre, post, shipped: shippedFrom(pre, object) })], exports);
}

/** The entries of a table that `foo` brings. */
function entriesOf(result: Cut, table: string): readonly CutEntry[] {
  const piece = result.pieces.find((each) => each.piece.name === 'foo');
  return (piece?.entries ?? []).filter(({ entry }) => entry.table.section === table);
}

function leads(entry: CutEntry | undefined): string[] {
  return (entry?.references ?? []).map(({ destination }) =>
    destination.kind === 'live'
      ? `${liveSymbolName(destination.symbol)}+${destination.offset}`
      : `${destination.kind} ${destination.kind === 'carried' ? destination.piece.name || destination.piece.kind : destination.name}+${destination.offset}`,
  );
}

const codes = (result: Cut): string[] => result.findings.map(({ code, verdict }) => `${code} ${verdict}`);
const key = data('.data.key', 'aw', 'key', '.quad 0, 0');
const hook = [
  data('.data.hook', 'aw', '__SCK__hook', '.quad 0, 0'),
  local('__SCT__hook', 'jmp .', '.ascii "SCT"'),
].join('\n');

describe('an entry of a special table', () => {
  it('goes along with its function, and leads to the new one', async () => {
    const result = await cut(JUMP_LABEL, 'vmlinux', key);
    assert.deepEqual(codes(result), []);
    const [entry, ...others] = entriesOf(result, '__jump_table');
    assert.equal(others.length, 0);
    assert.deepEqual(leads(entry), ['carried foo+5', 'carried foo+10', '.klp.sym.vmlinux.key,0+0']);
  });

  it('of a function that stays is left', async () => {
    const bar = local('bar', FENTRY, ...JUMP_LABEL, 'ret');
    const result = await cut(['nop'], 'vmlinux', bar, key);
    assert.deepEqual(
      result.pieces.flatMap(({ entries }) => entries),
      [],
    );
  });

  it('of a static call keeps the flags in the low bits of its key', async () => {
    const result = await cut(STATIC_CALL, 'vmlinux', hook);
    assert.deepEqual(leads(entriesOf(result, '.static_call_sites')[0]), [
      'carried foo+5',
      '.klp.sym.vmlinux.__SCK__hook,0+1',
    ]);
  });

  it('of WARN brings the name of the file', async () => {
    const result = await cut(BUG, 'sctp', text('.Lfile', 'net/sctp/a.c'));
    assert.deepEqual(codes(result), []);
    assert.deepEqual(leads(entriesOf(result, '__bug_table')[0]), ['carried foo+5', 'carried string+0']);
  });

  it('of an alternative brings the replacement', async () => {
    const result = await cut(alternative('.nops 5', 'call clear_page'), 'sctp');
    assert.deepEqual(codes(result), []);
    assert.deepEqual(leads(entriesOf(result, '.altinstructions')[0]), [
      'carried foo+5',
      'carried anonymous+0',
    ]);
  });

  it('of exceptions leads to where the function goes on', async () => {
    const body = [
      '771: mov (%rdi), %rax',
      '772:',
      '.pushsection __ex_table,"a"',
      '.long 771b - ., 772b - .',
      '.long 1',
      '.popsection',
    ];
    const result = await cut(body, 'sctp');
    assert.deepEqual(leads(entriesOf(result, '__ex_table')[0]), ['carried foo+5', 'carried foo+8']);
  });
});

describe('an entry that refers to a module', () => {
  it('as the key of a jump label is refused: the kernel reads it before klp has written it', async () => {
    const result = await cut(JUMP_LABEL, 'sctp', key);
    assert.deepEqual(codes(result), ['CUT_TABLE_KEY_IN_MODULE refuse']);
    assert.equal(result.findings[0]?.place.offset, 5);
    assert.deepEqual(entriesOf(result, '__jump_table'), []);
  });

  it('as the key of a static call is left: the call goes through the trampoline', async () => {
    const result = await cut(STATIC_CALL, 'sctp', hook);
    assert.deepEqual(codes(result), ['CUT_STATIC_CALL_INDIRECT ok']);
    assert.deepEqual(entriesOf(result, '.static_call_sites'), []);
    const call = result.pieces[0]?.references[1]?.destination;
    assert.equal(call?.kind === 'live' && call.symbol.name, '__SCT__hook');
  });

  it('as a tracepoint is left, and said for review', async () => {
    const body = JUMP_LABEL.map((line) => line.replace('key', '__tracepoint_recv+8'));
    const tracepoint = data('__tracepoints', 'aw', '__tracepoint_recv', '.skip 72');
    const result = await cut(body, 'sctp', tracepoint);
    assert.deepEqual(codes(result), ['CUT_TRACEPOINT_SILENT review']);
    assert.deepEqual(entriesOf(result, '__jump_table'), []);
  });

  it('as a tracepoint of vmlinux is kept', async () => {
    const body = JUMP_LABEL.map((line) => line.replace('key', '__tracepoint_recv+8'));
    const result = await cut(body, 'vmlinux', data('__tracepoints', 'aw', '__tracepoint_recv', '.skip 72'));
    assert.deepEqual(codes(result), []);
    assert.equal(entriesOf(result, '__jump_table').length, 1);
  });

  it('in any other table is refused', async () => {
    const result = await cut(
      BUG.map((line) => line.replace('.Lfile', 'file')),
      'sctp',
      data('.rodata.file', 'a', 'file', '.asciz "a.c"'),
    );
    assert.deepEqual(codes(result), ['CUT_TABLE_REFERENCE refuse']);
  });

  it('that nothing resolves has the finding of what it needs, and is left', async () => {
    const result = await cut(JUMP_LABEL, 'vmlinux');
    assert.deepEqual(codes(result), ['MATCH_SYMBOL_UNKNOWN refuse']);
    assert.deepEqual(entriesOf(result, '__jump_table'), []);
  });
});

describe('an instruction that the kernel rewrites when it loads the module', () => {
  const helper = local('helper', FENTRY, 'ret');
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['as the old instruction of an alternative', alternative('call helper', '.nops 5')],
    ['as the replacement of an alternative', alternative('.nops 5', 'call helper')],
    ['as a paravirt call', paravirt('call *helper(%rip)')],
  ];
  for (const [what, body] of cases) {
    it(`cannot refer to a module ${what}`, async () => {
      assert.deepEqual(codes(await cut(body, 'sctp', helper)), ['CUT_TABLE_REFERENCE refuse']);
      assert.deepEqual(codes(await cut(body, 'vmlinux', helper)), []);
    });
    it(`cannot refer to what another module exports ${what}`, async () => {
      const pre = await assembled(foo(...body, 'cld'));
      const post = await assembled(foo(...body, 'std'));
      const unit = unitOf({ pre, post, shipped: shippedFrom(pre, 'sctp') });
      assert.deepEqual(codes(cutOf([unit], { ...exports, helper: 'libcrc32c' })), [
        'CUT_TABLE_REFERENCE refuse',
      ]);
    });
  }

  it('may refer to vmlinux', async () => {
    const result = await cut(paravirt('call *pv_ops+8(%rip)'), 'sctp');
    assert.deepEqual(codes(result), []);
    assert.equal(entriesOf(result, '.parainstructions').length, 1);
  });

  it('may stand beside one that refers to a module', async () => {
    const body = ['call helper', ...alternative('.nops 5', '.nops 5'), 'call helper'];
    const pre = await assembled(foo(...body, 'cld'), helper);
    const post = await assembled(foo(...body, 'std'), helper);
    const shipped = shippedFrom(await joined(`${foo(...body, 'cld')}\n${helper}`), 'sctp');
    assert.deepEqual(codes(cutOf([unitOf({ pre, post, shipped })], exports)), []);
  });
});

describe('how to unwind', () => {
  const orc = (...places: readonly string[]): string =>
    [
      '.section .orc_unwind_ip,"a"',
      ...places.map((place) => `.long ${place} - .`),
      '.section .orc_unwind,"a"',
      ...places.map((_, i) => `.byte 8, 0, 0, 0, ${i + 1}, 0`),
    ].join('\n');

  it('is said at the first byte of every function, also where objtool leaves it to the one before', async () => {
    const source = (last: string): string =>
      [
        '.section .sched.text,"ax"',
        ...['one', 'two'].flatMap((name) => [
          `.globl ${name}`,
          `.type ${name}, @function`,
          `${name}: ${FENTRY}`,
          `.Lin_${name}: ${last}`,
          'ret',
          `.size ${name}, . - ${name}`,
        ]),
        orc('one', '.Lin_one', '.Lin_two'),
      ].join('\n');
    const [pre, post] = [await assembled(source('cld')), await assembled(source('std'))];
    const result = cutOf([unitOf({ pre, post, shipped: shippedFrom(pre) })], exports);
    const states = result.pieces.map(({ piece, entries }) => [
      piece.name,
      ...entries.map(({ entry, references }) => {
        const to = references[0]?.destination;
        assert.ok(to?.kind === 'carried' && to.piece === piece && to.offset === entry.ownerOffset);
        return [entry.ownerOffset, entry.companion?.[4]];
      }),
    ]);
    assert.deepEqual(states, [
      ['one', [0, 1], [5, 2]],
      ['two', [0, 2], [5, 3]],
    ]);
  });

  it('does not pass from one section to the next', async () => {
    const source = (last: string): string =>
      [global('one', FENTRY, last, 'ret'), global('two', FENTRY, last, 'ret'), orc('one')].join('\n');
    const [pre, post] = [await assembled(source('cld')), await assembled(source('std'))];
    const result = cutOf([unitOf({ pre, post, shipped: shippedFrom(pre) })], exports);
    assert.deepEqual(
      result.pieces.map(({ entries }) => entries.length),
      [1, 0],
    );
  });
});
