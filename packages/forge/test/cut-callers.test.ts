// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareObjects } from '../src/compare/compare.ts';
import type { Comparison } from '../src/compare/comparison.ts';
import { replaceCallers } from '../src/cut/callers.ts';
import { assembled, code, data, FENTRY, global, local } from './support/assembly.ts';

const hidden = (...body: readonly string[]): string => local('hidden', ...body, 'ret');
const caller = (name: string, callee: string): string => global(name, FENTRY, `call ${callee}`, 'ret');

/** What changes when `hidden` does, in a unit with the given functions beside it. */
async function change(...others: readonly string[]): Promise<Comparison> {
  const pre = await assembled(hidden('nop'), ...others);
  const post = await assembled(hidden('nop', 'nop'), ...others);
  return replaceCallers(compareObjects(pre, post));
}

const names = (pieces: readonly { readonly name: string }[]): string[] =>
  pieces.map(({ name }) => name).sort();
const codes = ({ findings }: Comparison): string[] => findings.map(({ code: found }) => found);

describe('a changed function without an ftrace site', () => {
  it('is carried along, and its callers are replaced', async () => {
    const result = await change(caller('a', 'hidden'), caller('b', 'hidden'), global('c', FENTRY, 'ret'));
    assert.deepEqual(names(result.changed), ['a', 'b']);
    assert.deepEqual(names(result.added), ['hidden']);
    assert.deepEqual(codes(result), ['COMPARE_CALLERS_REPLACED']);
  });

  it('is followed through callers that have no site themselves', async () => {
    const result = await change(local('between', 'call hidden', 'ret'), caller('a', 'between'));
    assert.deepEqual(names(result.changed), ['a']);
    assert.deepEqual(names(result.added), ['between', 'hidden']);
  });

  it('that calls itself is followed once', async () => {
    const loop = (...body: readonly string[]): string => local('hidden', ...body, 'call hidden', 'ret');
    const pre = await assembled(loop(), caller('a', 'hidden'));
    const post = await assembled(loop('nop'), caller('a', 'hidden'));
    const result = replaceCallers(compareObjects(pre, post));
    assert.deepEqual(names(result.changed), ['a']);
  });

  it('counts the cold part of a caller as the caller', async () => {
    const result = await change(
      global('a', FENTRY, 'jmp a.cold'),
      code('.text.unlikely.a', 'a.cold', ['call hidden', 'ret']),
    );
    assert.deepEqual(names(result.changed), ['a']);
    assert.equal(result.changed[0]?.postCold?.name, 'a.cold');
  });

  for (const [what, ...others] of [
    ['whose address is kept in data', caller('a', 'hidden'), data('.data.p', 'aw', 'p', '.quad hidden')],
    ['whose address is taken by code', global('a', FENTRY, 'lea hidden(%rip), %rax', 'ret')],
    ['that a global function without a site calls', global('a', 'call hidden', 'ret')],
    ['that exit code calls', code('.exit.text', 'a', ['call hidden', 'ret'])],
  ] as const) {
    it(`stays refused when it is one ${what}`, async () => {
      assert.deepEqual(codes(await change(...others)), ['COMPARE_NO_FTRACE_SITE']);
    });
  }

  it('stays refused when it is global', async () => {
    const pre = await assembled(global('hidden', 'ret'), caller('a', 'hidden'));
    const post = await assembled(global('hidden', 'nop', 'ret'), caller('a', 'hidden'));
    assert.deepEqual(codes(replaceCallers(compareObjects(pre, post))), ['COMPARE_NO_FTRACE_SITE']);
  });

  it('does not disturb a comparison in which every function has a site', async () => {
    const pre = await assembled(global('a', FENTRY, 'ret'));
    const post = await assembled(global('a', FENTRY, 'nop', 'ret'));
    const comparison = compareObjects(pre, post);
    assert.equal(replaceCallers(comparison), comparison);
  });
});
