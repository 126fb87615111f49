// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG_SLEEPER } from '../src/examine/rules/long-sleeper.ts';
import { MAY_SLEEP } from '../src/examine/rules/may-sleep.ts';
import { asked, seen, unitOf } from './support/examined.ts';

const f = (body: string): string => `int f(u64 x) { ${body} return 0; }`;
const SLEEPS = 'review EXAMINE_MAY_SLEEP drivers/x/file.c f';
const STAYS = 'review EXAMINE_LONG_SLEEPER drivers/x/file.c f';

test('a new call that may sleep, in a function with a spinlock, is for review', async () => {
  // What macros hide from the text the object shows.
  const macros = '#define ENTER _raw_spin_lock(&a)\n#define LEAVE _raw_spin_unlock(&a)\n';
  const body = (more: string): string => `${macros}${f(`ENTER; sink(x); ${more} LEAVE;`)}`;
  const found = await asked(MAY_SLEEP, body(''), body('msleep(3); mutex_lock(&b); mutex_unlock(&b);'));
  assert.deepEqual(seen(found), [SLEEPS]);
  assert.match(found[0]?.reason ?? '', /mutex_lock, msleep|msleep, mutex_lock/);
});

test('so is one in a new helper', async () => {
  const body = (more: string): string => f(`_raw_spin_lock(&a); sink(x); ${more} _raw_spin_unlock(&a);`);
  const helper = 'static noinline void pause(u64 x) { sink(x); msleep(1); sink(x); }';
  assert.deepEqual(seen(await asked(MAY_SLEEP, body(''), `${helper} ${body('pause(x);')}`)), [SLEEPS]);
});

test('where nothing is held, or the call was there before, the rule is silent', async () => {
  assert.deepEqual(await asked(MAY_SLEEP, f('sink(x);'), f('sink(x); msleep(1);')), []);
  const body = (n: number): string =>
    f(`_raw_spin_lock(&a); sink(x + ${n}); _raw_spin_unlock(&a); msleep(1);`);
  assert.deepEqual(await asked(MAY_SLEEP, body(1), body(2)), []);
});

test('waiting for a timer spins and does not sleep', async () => {
  const body = (more: string): string => `extern void timer_shutdown_sync(void);
    ${f(`_raw_spin_lock(&a); sink(x); _raw_spin_unlock(&a); ${more}`)}`;
  assert.deepEqual(await asked(MAY_SLEEP, body(''), body('timer_shutdown_sync();')), []);
});

test('the loop of a kernel thread may stay for ever', async () => {
  const body = (n: number): string => f(`while (!kthread_should_stop()) { sink(x + ${n}); }`);
  assert.deepEqual(seen(await asked(LONG_SLEEPER, body(1), body(2))), [STAYS]);
});

test('a function whose address goes elsewhere, beside a thread that is started, is none', async () => {
  const source = (n: number): string =>
    `extern void later(void (*)(void *)); static void g(void *x) { sink((u64)x + ${n}); } static int f(void *x) { return sink((u64)x); }
     void start(void) { later(g); kthread_create_on_node(f, 0, 0, "f"); }`;
  assert.deepEqual(await asked(LONG_SLEEPER, source(1), source(2)), []);
});

test('so may a function that is given to a starter of threads', async () => {
  const source = (n: number): string =>
    `static int f(void *x) { return sink((u64)x + ${n}); } void start(void) { kthread_create_on_node(f, 0, 0, "f"); }`;
  assert.deepEqual(seen(await asked(LONG_SLEEPER, source(1), source(2))), [STAYS]);
});

test('so may one that sleeps in a loop or waits without a limit', async () => {
  const loop = (n: number): string => f(`while (sink(x + ${n})) { other(x); schedule(); other(x); }`);
  assert.deepEqual(seen(await asked(LONG_SLEEPER, loop(1), loop(2))), [STAYS]);
  const wait = (n: number): string => f(`sink(x + ${n}); wait_for_completion(&a); sink(x);`);
  assert.deepEqual(seen(await asked(LONG_SLEEPER, wait(1), wait(2))), [STAYS]);
});

test('a pause outside of any loop, and a loop without a pause, end', async () => {
  const body = (n: number): string => f(`while (sink(x + ${n})) other(x); msleep(1); other(x);`);
  assert.deepEqual(await asked(LONG_SLEEPER, body(1), body(2)), []);
});

test('what the patch makes wait is not on a stack yet', async () => {
  assert.deepEqual(await asked(LONG_SLEEPER, f('sink(x);'), f('wait_for_completion(&a); sink(x);')), []);
});

const resting = (name: string, threads: string[], programs: string[] = [], object = 'vmlinux') => [
  { name, object, threads, programs },
];

test('what a kernel thread of the booted kernel rests in is refused, whatever its code says', async () => {
  const unit = await unitOf(f('sink(x);'), f('sink(x + 1);'));
  assert.deepEqual(LONG_SLEEPER.examine(unit), []);
  const threads = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const found = LONG_SLEEPER.examine({ ...unit, resting: resting('f', threads) });
  assert.deepEqual(seen(found), [STAYS.replace('review', 'refuse')]);
  assert.match(found[0]?.reason ?? '', /rest in it and never leave it: a, b, c, d, e and 2 more$/);
  const cold = LONG_SLEEPER.examine({ ...unit, resting: resting('f.cold', ['a']) });
  assert.deepEqual(seen(cold), [STAYS.replace('review', 'refuse')]);
});

test('what only programs rest in is for review', async () => {
  const unit = await unitOf(f('schedule();'), f('schedule(); sink(x);'));
  const found = LONG_SLEEPER.examine({ ...unit, resting: resting('f', [], ['sh']) });
  assert.deepEqual(seen(found), [STAYS]);
  assert.match(found[0]?.reason ?? '', /programs rest in it on the booted kernel \(sh\)/);
});

test('a function of the same name in another object is another one', async () => {
  const unit = await unitOf(f('sink(x);'), f('sink(x + 1);'));
  assert.deepEqual(LONG_SLEEPER.examine({ ...unit, object: 'ext4', resting: resting('f', ['a']) }), []);
  assert.deepEqual(LONG_SLEEPER.examine({ ...unit, resting: resting('f', ['a'], [], 'ext4') }), []);
  assert.deepEqual(LONG_SLEEPER.examine({ ...unit, resting: resting('g', ['a']) }), []);
});
