// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALLBACKS } from '../src/examine/rules/callbacks.ts';
import { asked, seen } from './support/examined.ts';

const GIVE = 'extern void later(void (*)(u64)), (*hook)(u64);';
const CALLBACK = 'static void tick(u64 x) { sink(x); }';
const found = (name: string): string[] => [`review EXAMINE_CALLBACKS_CHANGED drivers/x/file.c ${name}`];

test('the address of a function that only the update has is given away', async () => {
  const findings = await asked(
    CALLBACKS,
    `${GIVE} int f(u64 x) { return sink(x); }`,
    `${GIVE} ${CALLBACK} int f(u64 x) { later(tick); return sink(x); }`,
  );
  assert.deepEqual(seen(findings), found('tick'));
  assert.match(findings[0]?.reason ?? '', /only the update has this function.*in f$/);
});

test('so is that of one which is there already and was called before', async () => {
  const findings = await asked(
    CALLBACKS,
    `${GIVE} static noinline void tick(u64 x) { asm volatile(""); sink(x); } int f(u64 x) { tick(x); return 1; }`,
    `${GIVE} static noinline void tick(u64 x) { asm volatile(""); sink(x); } int f(u64 x) { later(tick); return 1; }`,
  );
  assert.deepEqual(seen(findings), found('tick'));
  assert.match(findings[0]?.reason ?? '', /was not before/);
});

test('an address that is no longer given away is still known to others', async () => {
  const findings = await asked(
    CALLBACKS,
    `${GIVE} ${CALLBACK} int f(u64 x) { later(tick); return sink(x); }`,
    `${GIVE} int f(u64 x) { return sink(x); }`,
  );
  assert.deepEqual(seen(findings), found('tick'));
  assert.match(findings[0]?.reason ?? '', /no longer given away/);
});

test('an address that another function gives away now is the same address', async () => {
  const f = (give: string): string => `int f(u64 x) { ${give} return sink(x); }`;
  const g = (give: string): string => `int g(u64 x) { ${give} return other(x); }`;
  const give = 'later(tick);';
  assert.deepEqual(
    await asked(
      CALLBACKS,
      `${GIVE} ${CALLBACK} ${f(give)} ${g('')}`,
      `${GIVE} ${CALLBACK} ${f('')} ${g(give)}`,
    ),
    [],
  );
});

test('a table of functions that is new goes with the update', async () => {
  const ops = 'struct ops { void (*tick)(u64); }; extern void take(const struct ops *);';
  const findings = await asked(
    CALLBACKS,
    `${ops} ${CALLBACK} static const struct ops old = { tick }; int f(u64 x) { take(&old); return sink(x); }`,
    `${ops} ${CALLBACK} static const struct ops old = { tick }; static void tock(u64 x) { other(x); }
     static const struct ops made = { tock }; int f(u64 x) { take(x ? &old : &made); return sink(x); }`,
  );
  assert.deepEqual(seen(findings), found('made'));
  assert.match(findings[0]?.reason ?? '', /holds tock/);
});

test('calls, and another change beside an address, say nothing', async () => {
  const f = (n: number): string => `${GIVE} ${CALLBACK} int f(u64 x) { later(tick); return sink(x + ${n}); }`;
  assert.deepEqual(await asked(CALLBACKS, f(1), f(2)), []);
});

test('a constructor of a shadow variable is called at once', async () => {
  const shadow = 'extern void *klp_shadow_get_or_alloc(void *, u64, void *, void *);';
  const found = await asked(
    CALLBACKS,
    `${shadow} int f(u64 x) { return sink(x); }`,
    `${shadow} static void reads_ctor(u64 x) { other(x); } int f(u64 x) { klp_shadow_get_or_alloc(0, x, reads_ctor, 0); return sink(x); }`,
  );
  assert.deepEqual(found, []);
});
