// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldSleepers } from '../src/examine/atomic.ts';
import { MAY_SLEEP } from '../src/examine/rules/may-sleep.ts';
import { readSource } from '../src/examine/source.ts';
import { askedText, seen } from './support/examined.ts';

const f = (body: string): string => `static int f(struct x *x)\n{\n${body}\n}\n`;

const bodies: [string, string, string[]][] = [
  ['behind a spinlock', 'spin_lock(&x->lock); mutex_lock(&x->m); spin_unlock(&x->lock);', ['mutex_lock']],
  ['behind its release', 'spin_lock_bh(&x->lock); spin_unlock_bh(&x->lock); mutex_lock(&x->m);', []],
  ['in an RCU read side', 'rcu_read_lock(); msleep(1); rcu_read_unlock();', ['msleep']],
  ['without preemption', 'preempt_disable(); msleep(1); preempt_enable();', ['msleep']],
  [
    'behind a release of another kind',
    'rcu_read_lock(); put_cpu(); msleep(1); rcu_read_unlock();',
    ['msleep'],
  ],
  [
    'behind the first of two releases',
    'spin_lock(&a); spin_lock(&b); spin_unlock(&b); msleep(1); spin_unlock(&a);',
    ['msleep'],
  ],
  [
    'behind a branch that leaves',
    'spin_lock(&a); if (x->dead) { spin_unlock(&a); return -1; } msleep(1); spin_unlock(&a);',
    ['msleep'],
  ],
  ['in a branch that leaves', 'spin_lock(&a); if (x->dead) { spin_unlock(&a); msleep(1); goto out; }', []],
  [
    'behind a branch that goes on',
    'spin_lock(&a); if (x->dead) { spin_unlock(&a); } else { spin_unlock(&a); } msleep(1);',
    [],
  ],
  ['a wait that lets go', 'spin_lock_irq(&a); wait_event_lock_irq(x->w, x->n, a); spin_unlock_irq(&a);', []],
  [
    'an allocation that waits',
    'spin_lock(&a); p = kmalloc(8, GFP_KERNEL | __GFP_ZERO); spin_unlock(&a);',
    ['kmalloc with GFP_KERNEL'],
  ],
  ['an allocation that does not', 'spin_lock(&a); p = kmalloc(8, GFP_ATOMIC); spin_unlock(&a);', []],
  [
    'an allocation in an argument',
    'spin_lock(&a); take(kmalloc(8, GFP_NOFS)); spin_unlock(&a);',
    ['kmalloc with GFP_NOFS'],
  ],
];
for (const [what, body, calls] of bodies) {
  test(`a call that may sleep: ${what}`, () => {
    assert.deepEqual(
      heldSleepers(readSource(f(body))).map(({ call }) => call),
      calls,
    );
  });
}

test('a function of the file stands for what it calls', () => {
  const helper = 'static void g(struct x *x)\n{\n\tif (x)\n\t\tmsleep(1);\n}\n';
  const found = heldSleepers(readSource(`${helper}${f('spin_lock(&a); g(x); spin_unlock(&a);')}`));
  assert.deepEqual(found, [{ name: 'f', call: 'g: msleep', why: 'it stands behind spin_lock' }]);
});

test('unless it lets go of the lock', () => {
  const helper = 'static void g(struct x *x)\n{\n\tspin_unlock(&a); msleep(1); spin_lock(&a);\n}\n';
  assert.deepEqual(heldSleepers(readSource(`${helper}${f('spin_lock(&a); g(x); spin_unlock(&a);')}`)), []);
});

test('functions that call each other are followed to an end', () => {
  const g = 'static void g(struct x *x)\n{\n\tf(x); msleep(1);\n}\n';
  assert.ok(heldSleepers(readSource(`${g}${f('spin_lock(&a); g(x); spin_unlock(&a);')}`)).length > 0);
});

test('a file in which all functions call all others is read in time', () => {
  const names = Array.from({ length: 100 }, (_, index) => `f${index}`);
  const calls = names.map((name) => `${name}();`).join(' ');
  const text = names
    .map((name) => `void ${name}(void)\n{\n\tspin_lock(&a); ${calls} msleep(1);\n}\n`)
    .join('');
  const began = performance.now();
  assert.ok(heldSleepers(readSource(text)).length > 0);
  assert.ok(performance.now() - began < 20_000);
});

const givers: [string, string, boolean][] = [
  ['a timer', 'timer_setup(&x->timer, f, 0);', true],
  ['RCU', 'call_rcu(&x->rcu, f);', true],
  ['an interrupt', 'devm_request_irq(dev, irq, f, 0, name, x);', true],
  ['the thread of an interrupt', 'request_threaded_irq(irq, quick, f, 0, name, x);', false],
  ['a timer of high resolution', 'x->timer.function = f;', true],
  ['work', 'INIT_WORK(&x->work, f);', false],
];
for (const [what, give, found] of givers) {
  test(`what is given to ${what} ${found ? 'must not' : 'may'} sleep`, () => {
    const text = `${f('p = kmalloc(8, GFP_KERNEL);')}static void start(struct x *x)\n{\n\t${give}\n}\n`;
    assert.equal(heldSleepers(readSource(text)).length, found ? 1 : 0);
  });
}

test('only what the patch brings is for review', async () => {
  const body = (more: string): string => f(`spin_lock(&a); msleep(1); ${more} spin_unlock(&a);`);
  const found = await askedText(MAY_SLEEP, body(''), body('p = kmalloc(8, GFP_KERNEL);'));
  assert.deepEqual(seen(found), ['review EXAMINE_MAY_SLEEP drivers/x/file.c f']);
  assert.match(found[0]?.reason ?? '', /: kmalloc with GFP_KERNEL \(it stands behind spin_lock\)$/);
  assert.deepEqual(await askedText(MAY_SLEEP, body(''), body('n = 1;')), []);
});

test('a file that the source includes is read as well', async () => {
  const [pre, post] = [f('spin_lock(&a); spin_unlock(&a);'), f('spin_lock(&a); msleep(1); spin_unlock(&a);')];
  const found = await askedText(MAY_SLEEP, pre, post, 'drivers/x/part.c');
  assert.deepEqual(seen(found), ['review EXAMINE_MAY_SLEEP drivers/x/part.c f']);
});

test('a lock around what sleeps already is for review', async () => {
  const found = await askedText(MAY_SLEEP, f('msleep(1);'), f('spin_lock(&a); msleep(1); spin_unlock(&a);'));
  assert.deepEqual(seen(found), ['review EXAMINE_MAY_SLEEP drivers/x/file.c f']);
});
