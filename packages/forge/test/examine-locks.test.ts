// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLockStep, LOCKS } from '../src/examine/rules/locks.ts';
import { asked, seen } from './support/examined.ts';

const FOUND = 'review EXAMINE_LOCKS_CHANGED drivers/x/file.c f';
const f = (body: string): string => `int f(u64 x) { ${body} return 0; }`;

test('a lock that is new is for review, with the calls that differ', async () => {
  const found = await asked(LOCKS, f('sink(x);'), f('_raw_spin_lock(&a); sink(x); _raw_spin_unlock(&a);'));
  assert.deepEqual(seen(found), [FOUND]);
  assert.match(
    found[0]?.reason ?? '',
    /_raw_spin_lock \(0 before, 1 after\), _raw_spin_unlock \(0 before, 1/,
  );
});

test('a lock that is gone, and one of another kind, are for review', async () => {
  const locked = f('mutex_lock(&a); sink(x); mutex_unlock(&a);');
  assert.deepEqual(seen(await asked(LOCKS, locked, f('sink(x);'))), [FOUND]);
  assert.deepEqual(seen(await asked(LOCKS, locked, f('down_read(&a); sink(x); up_read(&a);'))), [FOUND]);
});

test('a path that forgot to release is for review', async () => {
  const body = (path: string): string =>
    f(`mutex_lock(&a); if (sink(x)) { ${path} return 1; } other(x); mutex_unlock(&a);`);
  assert.deepEqual(seen(await asked(LOCKS, body(''), body('mutex_unlock(&a);'))), [FOUND]);
});

test('another change under the same locks says nothing', async () => {
  const body = (n: number): string => f(`mutex_lock(&a); sink(x + ${n}); mutex_unlock(&a);`);
  assert.deepEqual(await asked(LOCKS, body(1), body(2)), []);
});

test('a lock in a helper that only one side inlines is the same lock', async () => {
  const take = 'void take(u64 x) { mutex_lock(&a); sink(x); mutex_unlock(&a); }';
  const found = await asked(
    LOCKS,
    `static noinline ${take} ${f('take(x); other(x);')}`,
    `static inline __attribute__((always_inline)) ${take} ${f('take(x); other(x + 1);')}`,
  );
  assert.deepEqual(found, []);
});

test('so is one in a helper that one side inlines at one of two calls', async () => {
  const take = 'take(u64 x) { mutex_lock(&a); sink(x); mutex_unlock(&a); }';
  const helper = `static noinline void ${take}`;
  const found = await asked(
    LOCKS,
    `${helper} ${f('take(x); other(x); take(x + 2);')}`,
    `${helper} ${f('take(x); other(x + 1); mutex_lock(&a); sink(x + 2); mutex_unlock(&a);')}`,
  );
  assert.deepEqual(found, []);
});

test('a lock in a new helper is the lock of its caller', async () => {
  const helper = 'static noinline void take(u64 x) { mutex_lock(&a); sink(x); mutex_unlock(&a); }';
  assert.deepEqual(seen(await asked(LOCKS, f('sink(x);'), `${helper} ${f('take(x);')}`)), [FOUND]);
});

test('helpers that call each other are counted once', async () => {
  const helpers =
    'static noinline int h(u64); static noinline int g(u64 x) { mutex_lock(&a); return x ? h(x - 1) + 1 : 0; } static noinline int h(u64 x) { return x > 3 ? g(x - 2) * 3 : 1; }';
  const found = await asked(LOCKS, f('sink(x);'), `${helpers} ${f('sink(g(x));')}`);
  assert.deepEqual(seen(found), [FOUND]);
});

test('a lock on the cold path counts', async () => {
  const body = (n: string): string =>
    `extern void slow(u64) __attribute__((cold)); ${f(`if (x > 7) { slow(x); ${n} return 3; } sink(x);`)}`;
  assert.deepEqual(seen(await asked(LOCKS, body(''), body('mutex_unlock(&a);'))), [FOUND]);
});

test('names of locks', () => {
  for (const name of [
    'mutex_lock',
    'mutex_trylock',
    '_raw_spin_lock_irqsave',
    '_raw_read_unlock_bh',
    'down_write_killable',
    'up',
    '__rcu_read_lock',
    '__local_bh_enable_ip',
    'lock_sock_nested',
    'release_sock',
    'rtnl_unlock',
  ]) {
    assert.equal(isLockStep(name), true, name);
  }
  for (const name of ['block_write_begin', 'lockdep_init_map', 'lock_is_held_type', 'update', 'downgrade']) {
    assert.equal(isLockStep(name), false, name);
  }
});
