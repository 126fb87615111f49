// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Address, address, type ElfObject } from '@uptide/elf';
import { type CallingUnit, explainImage, explainModule, type FarCallers } from '../src/cut/far-callers.ts';
import type { Shipped } from '../src/match/shipped.ts';
import { assembled, code, data, FENTRY, global, joined, local } from './support/assembly.ts';
import { shippedFrom, unitOf } from './support/units.ts';

const NAMES = new Set(['far']);
/** Bytes from the entry of a function to the field of the call behind that of ftrace. */
const FIELD = 6;

const caller = (name: string, ...more: readonly string[]): string =>
  global(name, FENTRY, 'call far', ...more, 'ret');

function unit(object: ElfObject, shipped: Shipped, source = 'a.c'): CallingUnit {
  return unitOf({ pre: object, post: object, shipped, source });
}

/** Where functions of shipped code call, as the image says. */
function callsOf(shipped: Shipped, ...names: readonly string[]): Address[] {
  return names.map((name) => address((shipped.named(name)[0]?.address ?? 0) + FIELD));
}

const nameOf = (): string => 'somebody';
const told = (answer: FarCallers): string =>
  answer.known
    ? answer.callers
        .map(({ caller: { name } }) => name)
        .sort()
        .join()
    : `no: ${answer.reason}`;

describe('who calls a function of vmlinux', () => {
  it('is known when the sources explain every call of the image', async () => {
    const sources = [caller('a'), [caller('b'), global('c', FENTRY, 'ret')].join('\n')];
    const shipped = shippedFrom(await joined(...sources, global('far', 'ret')));
    const units = await Promise.all(sources.map(async (source) => unit(await assembled(source), shipped)));
    const calls = callsOf(shipped, 'a', 'b');
    assert.equal(told(explainImage(NAMES, { calls, nameOf }, units)), 'a,b');
  });

  it('is not known when the image has one call more', async () => {
    const shipped = shippedFrom(await joined(caller('a'), caller('b'), global('far', 'ret')));
    const units = [unit(await assembled(caller('a')), shipped)];
    const calls = callsOf(shipped, 'a', 'b');
    assert.match(told(explainImage(NAMES, { calls, nameOf }, units)), /^no: somebody of vmlinux/);
  });

  it('is not known when a function calls more often than the image says, or less', async () => {
    const shipped = shippedFrom(await joined(caller('a'), global('far', 'ret')));
    const units = [unit(await assembled(caller('a')), shipped)];
    assert.match(told(explainImage(NAMES, { calls: [], nameOf }, units)), /^no: /);
    const [once] = callsOf(shipped, 'a');
    const calls = once === undefined ? [] : [once, address(once + 1)];
    assert.match(told(explainImage(NAMES, { calls, nameOf }, units)), /^no: /);
  });

  it('is not known when the caller is not the function that was shipped', async () => {
    const shipped = shippedFrom(await joined(caller('a', 'nop'), global('far', 'ret')));
    const units = [unit(await assembled(caller('a', 'cld')), shipped)];
    assert.match(
      told(explainImage(NAMES, { calls: callsOf(shipped, 'a'), nameOf }, units)),
      /not the function/,
    );
  });

  for (const [what, source] of [
    ['code', global('a', FENTRY, 'lea far(%rip), %rax', 'ret')],
    ['data', data('.data.p', 'aw', 'p', '.quad far')],
  ] as const) {
    it(`is not known when ${what} keeps its address`, async () => {
      const shipped = shippedFrom(await joined(source, global('far', 'ret')));
      const units = [unit(await assembled(source), shipped)];
      assert.match(told(explainImage(NAMES, { calls: [], nameOf }, units)), /keeps its address/);
    });
  }

  it('is not init code, which has run, and a cold part counts as its function', async () => {
    const source = [
      code('.init.text', 'start', ['call far', 'ret']),
      global('a', FENTRY, 'jmp a.cold'),
      code('.text.unlikely.a', 'a.cold', ['call far', 'ret']),
    ].join('\n');
    const shipped = shippedFrom(await joined(source, global('far', 'ret')));
    const calls = [address((shipped.named('a.cold')[0]?.address ?? 0) + 1)];
    const units = [unit(await assembled(source), shipped)];
    assert.equal(told(explainImage(NAMES, { calls, nameOf }, units)), 'a');
  });

  it('is among the functions of its own file too, its export left aside', async () => {
    const exported = data('"___ksymtab+far"', 'a', '__ksymtab_far', '.long far - .', '.long 0, 0');
    const source = [global('far', 'ret'), caller('a'), exported].join('\n');
    const shipped = shippedFrom(await assembled(source));
    const units = [unit(await assembled(source), shipped)];
    assert.equal(told(explainImage(NAMES, { calls: callsOf(shipped, 'a'), nameOf }, units)), 'a');
  });
});

describe('who calls a function that a module imports', () => {
  const answer = async (source: string, ...calling: readonly string[]): Promise<string> => {
    const object = await assembled(source);
    return told(explainModule(NAMES, 'm', calling, [unit(object, shippedFrom(object, 'm'))]));
  };

  it('is known when the sources explain every field of the module', async () => {
    assert.equal(
      await answer([caller('a'), local('b', FENTRY, 'call far', 'ret')].join('\n'), 'a', 'b'),
      'a,b',
    );
  });

  it('is not known when the module has one field more, or less', async () => {
    assert.match(await answer(caller('a'), 'a', 'b'), /^no: m refers to it at 2 places/);
    assert.match(await answer(caller('a')), /^no: m refers/);
  });

  it('is told by the names of the functions that no source explains', async () => {
    const object = await assembled(caller('a'));
    const units = [unit(object, shippedFrom(object, 'm'))];
    const answered = explainModule(NAMES, 'm', ['a', 'b', 'b', 'c.part.0'], units);
    assert.deepEqual(answered.known ? undefined : answered.unexplained, ['b', 'c.part.0']);
  });

  it('is not known when code that runs once is among them', async () => {
    for (const section of ['.init.text', '.exit.text']) {
      assert.match(await answer(code(section, 'x', ['call far', 'ret']), 'x'), /runs when m is loaded/);
    }
  });

  it('is not known when its address is kept', async () => {
    assert.match(await answer(data('.data.p', 'aw', 'p', '.quad far'), ''), /keeps its address/);
  });
});
