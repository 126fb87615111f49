// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRY_CODE } from '../src/examine/rules/entry-code.ts';
import { INLINED } from '../src/examine/rules/inlined.ts';
import { asked, seen, unitOf } from './support/examined.ts';

const helper = (n: number): string =>
  `static inline __attribute__((always_inline)) int helper(u64 x) { return sink(x + ${n}); }`;
const CALLERS = 'int f(u64 x) { return helper(x) + 1; } int g(u64 x) { return helper(x) + 2; }';

test('a function is replaced for what is inlined into it', async () => {
  const unit = await unitOf(`${helper(1)} ${CALLERS}`, `${helper(2)} ${CALLERS}`);
  const origins = new Map([
    ['f', ['helper', 'f']],
    ['g', ['helper', 'g']],
  ]);
  const found = INLINED.examine({ ...unit, origins });
  assert.deepEqual(seen(found), ['ok EXAMINE_INLINED drivers/x/file.c helper']);
  assert.equal(found[0]?.reason, 'it is inlined into f, g');
});

test('it is named when nobody knows what is inlined', async () => {
  const [found] = await asked(INLINED, `${helper(1)} ${CALLERS}`, `${helper(2)} ${CALLERS}`);
  assert.match(found?.reason ?? '', /: f, g$/);
});

test('a function whose text changes is not', async () => {
  const f = (n: number): string => `int f(u64 x) { return sink(x + ${n}); }`;
  assert.deepEqual(await asked(INLINED, f(1), f(2)), []);
});

const sections: [string, boolean][] = [
  ['.noinstr.text', true],
  ['.entry.text', true],
  ['.irqentry.text', true],
  ['.cpuidle.text', true],
  ['.kprobes.text', true],
  ['.sched.text', false],
  ['.text.unlikely', false],
];
for (const [section, found] of sections) {
  test(`a function in ${section} is ${found ? 'for review' : 'like others'}`, async () => {
    const f = (n: number): string => `int __section("${section}") f(u64 x) { return sink(x + ${n}); }`;
    const findings = await asked(ENTRY_CODE, f(1), f(2));
    assert.deepEqual(seen(findings), found ? ['review EXAMINE_ENTRY_CODE drivers/x/file.c f'] : []);
  });
}
