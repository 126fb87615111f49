// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeMatch } from '../src/match/judge.ts';
import type { UnitMatch } from '../src/match/match.ts';
import { assembled, data, FENTRY, joined, local } from './support/assembly.ts';
import { functionOf, matched, shippedFrom } from './support/units.ts';

/** The states of all functions by name. */
function states(unit: UnitMatch): Record<string, string> {
  return Object.fromEntries([...unit.functions].map(([piece, { state }]) => [piece.name, state]));
}

/** Which of the equal names each function was found to be, from 1. */
function rankOf(unit: UnitMatch, name: string): number {
  const found = unit.functions.get(functionOf(unit, name));
  assert.equal(found?.state, 'matched');
  const at = found.state === 'matched' ? found.address : undefined;
  return unit.shipped.named(name).findIndex(({ address }) => address === at) + 1;
}

const CLEANUP = local('cleanup', FENTRY, 'ret');
const user = (name: string, ...body: readonly string[]): string =>
  local(name, FENTRY, ...body, 'call cleanup', 'ret');

describe('functions that share name and content', () => {
  it('are told apart by who calls them', async () => {
    const ours = `${user('ours', 'nop')}\n${CLEANUP}`;
    const theirs = `${user('theirs')}\n${CLEANUP}`;
    for (const [order, rank] of [
      [[ours, theirs], 1],
      [[theirs, ours], 2],
    ] as const) {
      const unit = matched(await assembled(ours), shippedFrom(await joined(...order)));
      assert.deepEqual(states(unit), { ours: 'matched', cleanup: 'matched' });
      assert.equal(rankOf(unit, 'cleanup'), rank);
    }
  });

  it('are told apart by pointers in data that a function uses', async () => {
    const unitOf = (name: string, filler: string): string =>
      [
        local(name, FENTRY, filler, 'lea .Lops(%rip), %rax', 'ret'),
        '.section .rodata,"a"',
        '.Lops: .quad cleanup',
        CLEANUP,
      ].join('\n');
    const [ours, theirs] = [unitOf('ours', 'nop'), unitOf('theirs', 'cld')];
    const unit = matched(await assembled(ours), shippedFrom(await joined(theirs, ours)));
    assert.equal(rankOf(unit, 'cleanup'), 2);
  });

  it('are told apart through each other, however long the chain', async () => {
    // Each function of the chain has a twin, and only the first has a caller that is unique.
    const chain = (root: string, filler: string): string =>
      [
        local(root, FENTRY, filler, 'call link0', 'ret'),
        ...Array.from({ length: 20 }, (_, i) => local(`link${i}`, FENTRY, `call link${i + 1}`, 'ret')),
        local('link20', FENTRY, 'ret'),
      ].join('\n');
    const [ours, theirs] = [chain('ours', 'nop'), chain('theirs', 'cld')];
    const unit = matched(await assembled(ours), shippedFrom(await joined(theirs, ours)));
    assert.ok([...unit.functions.values()].every(({ state }) => state === 'matched'));
    assert.equal(rankOf(unit, 'link20'), 2);
  });

  it('stay undecided when nothing unique refers to them', async () => {
    const unit = matched(await assembled(CLEANUP), shippedFrom(await joined(CLEANUP, CLEANUP)));
    const piece = functionOf(unit, 'cleanup');
    const found = unit.functions.get(piece);
    assert.equal(found?.state, 'twins');
    assert.deepEqual(
      found.state === 'twins' ? found.addresses : [],
      unit.shipped.named('cleanup').map(({ address }) => address),
    );
    assert.equal(judgeMatch(unit, [piece], 'a.c')[0]?.code, 'MATCH_AMBIGUOUS');
    assert.equal(unit.pieces.get(piece), undefined);
  });

  it('are one function where the linker gave it two symbols', async () => {
    const twice = `${CLEANUP}\n.set alias, cleanup`;
    assert.deepEqual(states(matched(await assembled(CLEANUP), shippedFrom(await assembled(twice)))), {
      cleanup: 'matched',
    });
  });
});

describe('functions that share a name alone', () => {
  it('are told apart by their bytes', async () => {
    const other = local('cleanup', FENTRY, 'nop', 'ret');
    const unit = matched(await assembled(CLEANUP), shippedFrom(await joined(other, CLEANUP, other)));
    assert.equal(rankOf(unit, 'cleanup'), 2);
  });

  it('are not mistaken for one that a caller knows to be elsewhere', async () => {
    // Our cleanup was shipped with another body; a third unit has one with exactly our body.
    const ours = `${user('ours', 'nop')}\n${CLEANUP}`;
    const shipped = `${user('ours', 'nop')}\n${local('cleanup', FENTRY, 'cld', 'ret')}`;
    for (const order of [
      [shipped, CLEANUP],
      [CLEANUP, shipped],
    ]) {
      for (const source of [ours, `${CLEANUP}\n${user('ours', 'nop')}`]) {
        const unit = matched(await assembled(source), shippedFrom(await joined(...order)));
        assert.equal(states(unit).cleanup, 'differs', `the order of the object decides: ${source}`);
        const found = judgeMatch(unit, [functionOf(unit, 'cleanup')], 'a.c');
        assert.deepEqual(
          found.map((each) => each.code),
          ['MATCH_DIFFERS'],
        );
      }
    }
  });
});

describe('two functions that place a thing differently', () => {
  const state = data('.data.state', 'aw', 'state', '.quad 0');
  const reader = (name: string, ...body: readonly string[]): string =>
    local(name, FENTRY, ...body, 'mov state(%rip), %rax', 'ret');

  it('are both not what they seem, and nor is the thing', async () => {
    const ours = [reader('one', 'nop'), reader('two', 'cld'), local('three', FENTRY, 'std', 'ret'), state];
    const shipped = await joined(
      [reader('one', 'nop'), local('three', FENTRY, 'std', 'ret'), state].join('\n'),
      [reader('two', 'cld'), state].join('\n'),
    );
    const unit = matched(await assembled(...ours), shippedFrom(shipped));
    assert.deepEqual(states(unit), { one: 'differs', two: 'differs', three: 'matched' });
    assert.deepEqual(
      [...unit.pieces.keys()].map(({ name }) => name),
      ['three'],
    );
  });

  it('do not speak of the symbols of other units either', async () => {
    const call = (name: string, ...body: readonly string[]): string =>
      local(name, FENTRY, ...body, 'call far', 'ret');
    const far = local('far', FENTRY, 'ret');
    const shipped = await joined(`${call('one', 'nop')}\n${far}`, `${call('two', 'cld')}\n${far}`);
    const unit = matched(await assembled(call('one', 'nop'), call('two', 'cld')), shippedFrom(shipped));
    assert.deepEqual(states(unit), { one: 'differs', two: 'differs' });
    assert.equal(unit.externals.get('far'), undefined);
  });
});
