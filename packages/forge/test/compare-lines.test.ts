// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differsOnlyInLines } from '../src/compare/line-drift.ts';
import { dissect } from '../src/dissect/dissect.ts';
import type { Piece } from '../src/dissect/piece.ts';
import { assembled, global } from './support/assembly.ts';
import { diffed } from './support/pairs.ts';

test('lines of WARN, of might_sleep and in messages drift', async () => {
  const source =
    'int f(u64 a){if (WARN_ON(a>5)) return 1; might_sleep(); return sink(a);} int g(void){return printk("bad (x.c:12)");}';
  const diff = await diffed(source, `\n\n\n${source.replace(':12', ':15')}`);
  assert.equal(diff.nochange, true);
});

test('flags of WARN do not', async () => {
  const source = 'int f(u64 a){if (WARN_ON(a>5)) return 1; return sink(a);}';
  const bug = source.replace('WARN_ON', '__builtin_expect');
  assert.deepEqual((await diffed(source, bug.replace('(a>5)', '(a>5,0)'))).changed, ['f']);
});

test('a number for a function that takes no line is a change', async () => {
  const source = (n: number): string =>
    `extern void foo(const char*,int); int f(u64 a){foo("x",${n}); might_sleep(); return sink(a);}`;
  assert.deepEqual((await diffed(source(5), source(6))).changed, ['f']);
});

/** The function \`f\` of two bodies. */
async function versions(before: readonly string[], after: readonly string[]): Promise<[Piece, Piece]> {
  const [pre, post] = await Promise.all(
    [before, after].map(async (body) => {
      const piece = dissect(await assembled(global('f', ...body))).named.get('f')?.[0];
      assert.ok(piece !== undefined);
      return piece;
    }),
  );
  assert.ok(pre !== undefined && post !== undefined);
  return [pre, post];
}

const CASES: readonly {
  readonly name: string;
  readonly drifts: boolean;
  readonly body: (line: number) => string[];
}[] = [
  { name: 'the call follows', drifts: true, body: (n) => [`mov $${n},%esi`, 'call __might_sleep', 'ret'] },
  {
    name: 'a jump leads to the call',
    drifts: true,
    body: (n) => [`mov $${n},%esi`, 'jmp 1f', 'ret', '1: call __might_sleep', 'ret'],
  },
  {
    name: 'both ways lead to such a call',
    drifts: true,
    body: (n) => [
      `mov $${n},%esi`,
      'test %eax,%eax',
      'je 1f',
      'call __might_sleep',
      '1: call __might_fault',
      'ret',
    ],
  },
  { name: 'it is a tail call', drifts: true, body: (n) => [`mov $${n},%esi`, 'jmp __might_sleep'] },
  {
    name: 'it is another register',
    drifts: false,
    body: (n) => [`mov $${n},%edx`, 'call __might_sleep', 'ret'],
  },
  {
    name: 'it is stored before',
    drifts: false,
    body: (n) => [`mov $${n},%esi`, 'mov %esi,(%rdi)', 'call __might_sleep', 'ret'],
  },
  {
    name: 'it is copied before',
    drifts: false,
    body: (n) => [`mov $${n},%esi`, 'mov %rsi,%rax', 'call __might_sleep', 'ret'],
  },
  {
    name: 'another value takes its place',
    drifts: false,
    body: (n) => [`mov $${n},%esi`, 'mov $3,%esi', 'call __might_sleep', 'ret'],
  },
  {
    name: 'one way leads elsewhere',
    drifts: false,
    body: (n) => [`mov $${n},%esi`, 'test %eax,%eax', 'je 1f', 'call __might_sleep', '1: call foo', 'ret'],
  },
  { name: 'the function returns', drifts: false, body: (n) => [`mov $${n},%esi`, 'ret'] },
  {
    name: 'it is an operand of arithmetic',
    drifts: false,
    body: (n) => [`add $${n},%esi`, 'call __might_sleep', 'ret'],
  },
  { name: 'a loop never gets to a call', drifts: false, body: (n) => [`mov $${n},%esi`, '1: nop', 'jmp 1b'] },
];
for (const { name, drifts, body } of CASES) {
  test(`a number ${drifts ? 'is' : 'is not'} a line when ${name}`, async () => {
    const [pre, post] = await versions(body(1000), body(1003));
    assert.equal(differsOnlyInLines(pre, post), drifts);
  });
}

test('the number behind the name of a source file is a line, whatever function takes it', async () => {
  const source = (more: string): string =>
    `extern int __warn_printk(const char*,...), report(int,const char*,int);${more} int f(u64 a){return __warn_printk("failed at %s (%d)",__FILE__,__LINE__);} int g(u64 a){return report(a,__FILE__,__LINE__);} int h(void){return printk("%s:%d bad",__func__,__LINE__);}`;
  assert.equal((await diffed(source(''), source('\n\n'))).nochange, true);
});

test('the number behind another text is none', async () => {
  const source = (n: number): string =>
    `int f(u64 a){return printk("%s: timeout %d",__func__,${n});} int g(u64 a){return printk("%s:%d","eth",${n});}`;
  assert.deepEqual((await diffed(source(100), source(200))).changed, ['f', 'g']);
});
