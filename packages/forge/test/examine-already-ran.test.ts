// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALREADY_RAN } from '../src/examine/rules/already-ran.ts';
import { asked, seen, unitOf } from './support/examined.ts';

const found = (name: string): string[] => [`review EXAMINE_ALREADY_RAN drivers/x/file.c ${name}`];
const DRIVER = 'struct x_driver { int (*probe)(u64); int (*attach)(u64); int (*open)(u64); };';

/** A static function in a slot of a driver. */
const inSlot = (field: string, struct = 'x_driver', name = 'start_one') =>
  [1, 2].map(
    (n) =>
      `${DRIVER.replaceAll('x_driver', struct)} static int ${name}(u64 a) { return sink(a + ${n}); }
       struct ${struct} the_driver = { .${field} = ${name}, };`,
  ) as [string, string];

test('a function in the probe slot of a driver has run for the devices that are there', async () => {
  const [finding, ...more] = await asked(ALREADY_RAN, ...inSlot('probe'));
  assert.ok(finding);
  assert.deepEqual(seen([finding, ...more]), found('start_one'));
  assert.match(finding.reason, /\.probe of the_driver/);
});

test('so has one that a driver attaches with; elsewhere that word means something else', async () => {
  assert.deepEqual(seen(await asked(ALREADY_RAN, ...inSlot('attach'))), found('start_one'));
  assert.deepEqual(await asked(ALREADY_RAN, ...inSlot('attach', 'x_ops')), []);
});

test('a function in another slot is called again, whatever its name', async () => {
  assert.deepEqual(await asked(ALREADY_RAN, ...inSlot('open', 'x_driver', 'x_probe')), []);
});

test('it says which calls come and go, else what differs first', async () => {
  const source = (body: string): string =>
    `${DRIVER} static int go(u64 a) { ${body} } struct x_driver d = { .probe = go };`;
  const [calls] = await asked(ALREADY_RAN, source('return sink(a);'), source('msleep(1); return sink(a);'));
  assert.match(calls?.reason ?? '', /its calls differ: msleep \(0 before, 1 after\)$/);
  const [code] = await asked(ALREADY_RAN, source('return sink(a);'), source('return sink(a + 1);'));
  assert.match(code?.reason ?? '', /its calls stay, and .* became /);
});

test('a static helper of a probe function alone has run, and one of others has not', async () => {
  const source = (n: number, more = ''): string =>
    `${DRIVER} static noinline int helper(u64 a) { asm volatile(""); return sink(a + ${n}); }
     static int go(u64 a) { return helper(a) + 1; } struct x_driver d = { .probe = go }; ${more}`;
  const [finding] = await asked(ALREADY_RAN, source(1), source(2));
  assert.match(finding?.reason ?? '', /^only go, which set devices up, calls it/);
  const later = 'int later(u64 a) { return helper(a) + 2; }';
  assert.deepEqual(await asked(ALREADY_RAN, source(1, later), source(2, later)), []);
});

test('a global function that probes by its name may be the probe of drivers elsewhere', async () => {
  const source = (name: string, n: number): string => `int ${name}(u64 a) { return sink(a + ${n}); }`;
  assert.deepEqual(
    seen(await asked(ALREADY_RAN, source('x_probe', 1), source('x_probe', 2))),
    found('x_probe'),
  );
  assert.deepEqual(await asked(ALREADY_RAN, source('x_reprobed', 1), source('x_reprobed', 2)), []);
});

test('a static function that only the start calls has run', async () => {
  const source = (n: number, more = ''): string =>
    `static noinline int once(u64 a) { asm volatile(""); return sink(a + ${n}); } int __init start(u64 a) { return once(a) + 1; } ${more}`;
  assert.deepEqual(seen(await asked(ALREADY_RAN, source(1), source(2))), found('once'));
  const later = 'int later(u64 a) { return once(a) + 2; }';
  assert.deepEqual(await asked(ALREADY_RAN, source(1, later), source(2, later)), []);
  const kept = 'int (*ops)(u64) = once;';
  assert.deepEqual(await asked(ALREADY_RAN, source(1, kept), source(2, kept)), []);
});

test('the cold part of a function is no caller of it', async () => {
  const source = (n: number): string =>
    `extern void bad(u64) __attribute__((cold));
     static noinline int once(u64 a) { asm volatile(""); if (sink(a + ${n})) bad(a); sink(a); return sink(a + 3) * 5; }
     static int open(u64 a) { return once(a) + 1; }
     struct x_driver { int (*probe)(u64); } x = { .probe = open, };`;
  const { comparison } = await unitOf(source(1), source(2));
  const cold = comparison.pre.pieces.map(({ name }) => name).filter((name) => name.endsWith('.cold'));
  assert.deepEqual(cold, ['once.cold'], 'GCC splits it');
  assert.deepEqual(seen(await asked(ALREADY_RAN, source(1), source(2))), found('once'));
});

test('a function that the start registers runs later', async () => {
  const source = (n: number): string =>
    `extern int add(int (*)(u64)); static int once(u64 a) { return sink(a + ${n}); } int __init start(void) { return add(once); }`;
  assert.deepEqual(await asked(ALREADY_RAN, source(1), source(2)), []);
});

test('a global function may have callers elsewhere', async () => {
  const source = (n: number): string =>
    `noinline int once(u64 a) { asm volatile(""); return sink(a + ${n}); } int __init start(u64 a) { return once(a) + 1; }`;
  assert.deepEqual(await asked(ALREADY_RAN, source(1), source(2)), []);
});

test('helpers that call each other end', async () => {
  const source = (n: number): string =>
    `static noinline int h(u64); static noinline int g(u64 x) { asm volatile(""); return x ? h(x - ${n}) + 1 : 0; }
     static noinline int h(u64 x) { asm volatile(""); return x > 3 ? g(x - 2) * 3 : 1; } int __init start(u64 a) { return g(a); }`;
  assert.deepEqual(await asked(ALREADY_RAN, source(1), source(2)), []);
});
