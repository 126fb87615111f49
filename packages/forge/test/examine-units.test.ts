// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readObject } from '@uptide/elf';
import { compareObjects } from '../src/compare/compare.ts';
import { compareCalls, differingCalls } from '../src/examine/calls.ts';
import { examineUnits } from '../src/examine/examine.ts';
import type { UnitFacts } from '../src/examine/model.ts';
import { assembledFile, FENTRY, global, local } from './support/assembly.ts';
import { seen, unitOf } from './support/examined.ts';

const UNTYPED: ReadonlyMap<string, UnitFacts> = new Map();

test('several rules speak of one function, in the order of the table', async () => {
  const unit = await unitOf(
    'int f(u64 x) { _raw_spin_lock(&a); sink(x); _raw_spin_unlock(&a); return 0; }',
    'int f(u64 x) { _raw_spin_lock(&a); kobject_get(&r); msleep(1); return 0; }',
  );
  assert.deepEqual(seen(examineUnits([unit], UNTYPED, [])), [
    'review EXAMINE_LOCKS_CHANGED drivers/x/file.c f',
    'review EXAMINE_REFERENCES_CHANGED drivers/x/file.c f',
    'review EXAMINE_MAY_SLEEP drivers/x/file.c f',
  ]);
});

test('a unit that is a part of two objects is said once, and two units are said each', async () => {
  const unit = await unitOf(
    'int f(u64 x) { return sink(x); }',
    'int f(u64 x) { mutex_lock(&a); return sink(x); }',
  );
  assert.equal(examineUnits([unit, unit], UNTYPED, []).length, 1);
  assert.equal(examineUnits([unit, { ...unit, source: 'drivers/y/file.c' }], UNTYPED, []).length, 2);
});

test('a function that did not change is not asked about', async () => {
  const same = 'int f(u64 x) { mutex_lock(&a); schedule(); return sink(x); }';
  assert.deepEqual(examineUnits([await unitOf(same, same)], UNTYPED, []), []);
});

test('calls are followed 16 deep, and a chain that doubles at each step costs no more', async () => {
  const chain = (depth: number, last: string): string[] =>
    Array.from({ length: depth }, (_, i) => {
      const next = i === depth - 1 ? last : `h${i + 1}`;
      return local(`h${i}`, FENTRY, `call ${next}`, `call ${next}`, 'ret');
    });
  const counted = async (depth: number): Promise<string[]> => {
    const parts = [global('f', FENTRY, 'call h0', 'ret'), ...chain(depth, 'mutex_lock')];
    const [pre, post] = await Promise.all([
      assembledFile(global('f', FENTRY, 'ret')),
      assembledFile(parts.join('\n')),
    ]);
    const [change] = compareObjects(readObject(pre), readObject(post)).changed;
    assert.ok(change);
    return differingCalls(compareCalls(change), (name) => name === 'mutex_lock');
  };
  assert.deepEqual(await counted(16), ['mutex_lock (0 before, 65536 after)']);
  assert.deepEqual(await counted(17), []);
  assert.deepEqual(await counted(2000), []);
});
