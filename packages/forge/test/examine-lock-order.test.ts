// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCK_ORDER } from '../src/examine/rules/lock-order.ts';
import { LOCKS } from '../src/examine/rules/locks.ts';
import { asked, seen } from './support/examined.ts';

const FOUND = 'review EXAMINE_LOCK_ORDER drivers/x/file.c f';
const f = (body: string): string => `int f(u64 x) { ${body} return 0; }`;
const nested = (one: string, other: string): string =>
  f(`mutex_lock(&${one}); mutex_lock(&${other}); sink(x); mutex_unlock(&${other}); mutex_unlock(&${one});`);

test('another order of two locks is for review, though the calls are the same', async () => {
  const [pre, post] = [nested('a', 'b'), nested('b', 'a')];
  assert.deepEqual(await asked(LOCKS, pre, post), []);
  const found = await asked(LOCK_ORDER, pre, post);
  assert.deepEqual(seen(found), [FOUND]);
  assert.equal(found[0]?.reason, '`&a` is taken while `&b` is held, and was taken before it');
});

test('work that leaves a section is for review', async () => {
  const found = await asked(
    LOCK_ORDER,
    f('mutex_lock(&a); sink(x); other(x); mutex_unlock(&a);'),
    f('mutex_lock(&a); sink(x); mutex_unlock(&a); other(x);'),
  );
  assert.equal(found[0]?.reason, '`other(x)` ran under `&a`, and runs without it now');
});

test('a lock in what is inlined is said at the text that changes', async () => {
  const helper = (order: string): string =>
    `static inline __attribute__((always_inline)) void take(u64 x) { ${order} } ${f('take(x); other(x);')}`;
  const found = await asked(
    LOCK_ORDER,
    helper('mutex_lock(&a); sink(x); mutex_unlock(&a);'),
    helper('sink(x); mutex_lock(&a); mutex_unlock(&a);'),
  );
  assert.deepEqual(seen(found), ['review EXAMINE_LOCK_ORDER drivers/x/file.c take']);
});

test('text that does not change the code of the function says nothing', async () => {
  const macros = '#define spin_lock(l)\n#define spin_unlock(l)\n';
  const pre = `${macros}${f('spin_lock(&a); sink(x); spin_unlock(&a);')} int g(u64 x) { return sink(x); }`;
  const post = `${macros}${f('sink(x); spin_lock(&a); spin_unlock(&a);')} int g(u64 x) { return other(x); }`;
  assert.deepEqual(await asked(LOCK_ORDER, pre, post), []);
});

test('a new lock around new work is said where the calls do not tell', async () => {
  const macros =
    '#define rcu_read_lock() asm volatile("" ::: "memory")\n#define rcu_read_unlock() rcu_read_lock()\n';
  const found = await asked(
    LOCK_ORDER,
    `${macros}${f('sink(x);')}`,
    `${macros}${f('sink(x); rcu_read_lock(); other(x); rcu_read_unlock();')}`,
  );
  assert.equal(found[0]?.reason, '`rcu_read_lock()` is taken now, and was not before');
  const [one, two] = [
    'rcu_read_lock(); other(x); rcu_read_unlock();',
    'rcu_read_lock(); other(3); rcu_read_unlock();',
  ];
  const more = await asked(LOCK_ORDER, `${macros}${f(one)}`, `${macros}${f(one + two)}`);
  assert.equal(more[0]?.reason, '`rcu_read_lock()` is taken at 2 places, and was at 1');
  const gone = await asked(LOCK_ORDER, `${macros}${f(one)}`, `${macros}${f('sink(x);')}`);
  assert.equal(gone[0]?.reason, '`rcu_read_lock()` is no longer taken');
  const counted = f('sink(x); mutex_lock(&a); other(x); mutex_unlock(&a);');
  assert.deepEqual(await asked(LOCK_ORDER, f('sink(x);'), counted), []);
  assert.equal((await asked(LOCKS, f('sink(x);'), counted)).length, 1);
});

test('a text that is too deep is for review when it takes locks, never silent', async () => {
  const deep = (body: string): string => f(`${'{'.repeat(300)}${body}${'}'.repeat(300)}`);
  const found = await asked(LOCK_ORDER, f('sink(x);'), deep('mutex_lock(&a); other(x); mutex_unlock(&a);'));
  assert.match(found[0]?.reason ?? '', /takes locks, and its text is too long, too deep/);
  assert.deepEqual(await asked(LOCK_ORDER, f('sink(x);'), deep('other(x);')), []);
});

test('of many sentences the first are said', async () => {
  const body = (n: number): string =>
    f(
      Array.from(
        { length: 10 },
        (_, at) => `mutex_lock(&l[${at * n}]); sink(${at}); mutex_unlock(&l[${at * n}]);`,
      ).join(' '),
    );
  const locks = 'extern struct lock *l[];\n#define mutex_lock(x) (mutex_lock)((void *)x)\n';
  const found = await asked(LOCK_ORDER, `${locks}${body(1)}`, `${locks}${body(100)}`);
  assert.match(found[0]?.reason ?? '', /the lock is `&l\[100\]` now and was `&l\[1\]`.*; and 1 more$/);
});
