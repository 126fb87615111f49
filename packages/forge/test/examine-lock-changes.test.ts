// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareLocks } from '../src/examine/locks/lock-changes.ts';
import { MAX_HELPERS } from '../src/examine/locks/lock-texts.ts';
import type { FunctionWords } from '../src/examine/locks/lock-versions.ts';
import { tokenize } from '../src/source/tokens.ts';

const words = (text: string): string[] => tokenize(text).map((token) => token.text);
const body = (text: string, helpers: Record<string, string> = {}): FunctionWords => ({
  words: words(`int f(struct x *x, int n) { int r = 0; ${text} return r; }`),
  helpers: new Map(
    Object.entries(helpers).map(([name, each]) => [name, words(`int ${name}(struct x *x) { ${each} }`)]),
  ),
});
const said = (pre: string, post: string): readonly string[] | undefined =>
  compareLocks(body(pre), body(post))?.said;

const under = (lock: string, text: string): string => `mutex_lock(&${lock}); ${text} mutex_unlock(&${lock});`;

const cases: [string, string, string, string[]][] = [
  [
    'two locks in the other order',
    under('a', under('b', 'g(x);')),
    under('b', under('a', 'g(x);')),
    ['`&a` is taken while `&b` is held, and was taken before it'],
  ],
  [
    'a lock under another one',
    `${under('a', 'g(x);')} ${under('b', 'h(x);')}`,
    under('a', `g(x); ${under('b', 'h(x);')}`),
    [
      '`&b` is waited for while `&a` is held, and was not before',
      '`h(x)` ran without `&a`, and runs under it now',
    ],
  ],
  [
    'a lock that was tried under another one',
    under('a', 'if (!mutex_trylock(&b)) goto no; g(x); mutex_unlock(&b); no:'),
    under('a', 'mutex_lock(&b); g(x); mutex_unlock(&b);'),
    [
      '`&b` is waited for while `&a` is held, and was not before',
      '`&b` is taken by `mutex_lock`, and was taken by `mutex_trylock`',
    ],
  ],
  [
    'RCU around a lock',
    under('a', 'g(x);'),
    `rcu_read_lock(); ${under('a', 'g(x);')} rcu_read_unlock();`,
    ['`g(x)` runs under `rcu_read_lock()` now, which the function did not take before'],
  ],
  [
    'another lock',
    under('a->lock', 'g(x);'),
    under('b->lock', 'g(x);'),
    ['the lock is `&b->lock` now and was `&a->lock`'],
  ],
  [
    'another lock of a family',
    'hci_dev_lock(a); g(x); hci_dev_unlock(a);',
    'hci_dev_lock(b); g(x); hci_dev_unlock(b);',
    ['the lock is `hci_dev_lock(b)` now and was `hci_dev_lock(a)`'],
  ],
  [
    'another name of the same lock',
    'struct mutex *m = &x->m; mutex_lock(m); g(x); mutex_unlock(m);',
    under('x->m', 'g(x);'),
    [],
  ],
  [
    'another release',
    'mutex_lock(&a); g(x); mutex_unlock(&a);',
    'mutex_lock(&a); g(x); mutex_unlock(&b);',
    ['what is released is `&b` now and was `&a`'],
  ],
  [
    'a lock that is gone',
    under('a', 'g(x);'),
    'g(x);',
    ['`g(x)` ran under `&a`, which the function does not take now'],
  ],
  [
    'a lock that is gone from some ways',
    'if (n) { mutex_lock(&a); } g(x); if (n) { mutex_unlock(&a); return 1; }',
    'g(x);',
    [
      '`g(x)` ran under `&a` on some ways, which the function does not take now',
      'a way out left `&a` held, and none does now',
    ],
  ],
  [
    'a release for the caller',
    'g(x); h(x);',
    'g(x); mutex_unlock(&a); h(x);',
    ['`&a`, which the function does not take, is released now, and was not before'],
  ],
  [
    'no release for the caller',
    'g(x); mutex_unlock(&a); h(x);',
    'g(x); h(x);',
    ['`&a`, which the function does not take, is no longer released'],
  ],
  [
    'reading instead of writing',
    'down_write(&s); g(x); up_write(&s);',
    'down_read(&s); g(x); up_read(&s);',
    ['`&s` is taken by `down_read`, and was taken by `down_write`'],
  ],
  [
    'interrupts that stay on',
    'spin_lock_irqsave(&s, f); g(x); spin_unlock_irqrestore(&s, f);',
    'spin_lock(&s); g(x); spin_unlock(&s);',
    ['`&s` is taken by `spin_lock`, and was taken by `spin_lock_irqsave`'],
  ],
  [
    'another way besides',
    under('a', 'g(x);'),
    `if (n) { ${under('a', 'g(x);')} } else if (mutex_trylock(&a)) { h(x); mutex_unlock(&a); }`,
    ['`&a` is taken by `mutex_trylock` too, and was not before'],
  ],
  [
    'a raw spinlock',
    'spin_lock(&s); g(x); spin_unlock(&s);',
    'raw_spin_lock(&s); g(x); raw_spin_unlock(&s);',
    [],
  ],
  [
    'a statement that leaves',
    under('q->lock', 'g(x); list_del(&x->node);'),
    `${under('q->lock', 'g(x);')} list_del(&x->node);`,
    ['`list_del(&x->node)` ran under `&q->lock`, and runs without it now'],
  ],
  [
    'a statement that comes',
    `x->n++; ${under('a', 'g(x);')}`,
    under('a', 'x->n++; g(x);'),
    ['`x->n++` ran without `&a`, and runs under it now'],
  ],
  [
    'many statements',
    'g(1); g(2); g(3); g(4); g(5);',
    under('a', 'g(1); g(2); g(3); g(4); g(5);'),
    ['`g(1)`, `g(2)`, `g(3)` and 2 more run under `&a` now, which the function did not take before'],
  ],
  [
    'a call that is written otherwise',
    `${under('a', 'h(x);')} if (g(x)) r = 1;`,
    under('a', 'h(x); r = g(x);'),
    ['`g(x)` ran without `&a`, and runs under it now'],
  ],
  [
    'a condition',
    `if (x->gone) h(x); ${under('a', 'g(x);')}`,
    under('a', 'if (x->gone) h(x); g(x);'),
    ['`if (x->gone)` and `h(x)` ran without `&a`, and run under it now'],
  ],
  [
    'a lock on some ways',
    under('a', 'g(x);'),
    'if (n) mutex_lock(&a); g(x); if (n) mutex_unlock(&a);',
    [
      '`g(x)` ran under `&a`, and on some ways runs without it now',
      'a way out leaves `&a` held, and none did before',
    ],
  ],
  [
    'a lock on all ways',
    'if (n) mutex_lock(&a); g(x); if (n) mutex_unlock(&a);',
    under('a', 'g(x);'),
    [
      '`g(x)` ran without `&a` on some ways, and always runs under it now',
      'a way out left `&a` held, and none does now',
    ],
  ],
  [
    'a lock on some ways, where none was',
    'g(x); h(x); mutex_lock(&a); mutex_unlock(&a);',
    'if (n) mutex_lock(&a); g(x); h(x); mutex_unlock(&a);',
    ['`g(x)` and `h(x)` ran without `&a`, and on some ways run under it now'],
  ],
  [
    'no lock on any way',
    'if (n) mutex_lock(&a); g(x); mutex_unlock(&a);',
    'mutex_lock(&a); mutex_unlock(&a); g(x);',
    ['`g(x)` ran under `&a` on some ways, and never does now'],
  ],
  [
    'a way out that forgets',
    under('a', 'if (n) { mutex_unlock(&a); return 1; } g(x);'),
    under('a', 'if (n) { return 1; } g(x);'),
    ['a way out leaves `&a` held, and none did before'],
  ],
  ['a guard instead of calls', `${under('a', 'g(x);')}`, 'guard(mutex)(&a); g(x);', []],
  [
    'a guard that covers more',
    `${under('a', 'g(x);')} h(x);`,
    'guard(mutex)(&a); g(x); h(x);',
    ['`h(x)` ran without `&a`, and runs under it now'],
  ],
  [
    'an early exit with its release',
    under('a', 'g(x); h(x);'),
    under('a', 'g(x); if (n) { mutex_unlock(&a); return 1; } h(x);'),
    [],
  ],
  ['own variables', `r = n; ${under('a', 'g(x);')}`, under('a', 'r = n; g(x);'), []],
  ['a message', `pr_info("%d", n); ${under('a', 'g(x);')}`, under('a', 'pr_info("%d", n); g(x);'), []],
  [
    'a message about what others change',
    `dev_info(&x->dev, "%d", x->n); ${under('a', 'g(x);')}`,
    under('a', 'dev_info(&x->dev, "%d", x->n); g(x);'),
    ['`dev_info(&x->dev, "%d", x->n)` ran without `&a`, and runs under it now'],
  ],
  ['new work under a lock', under('a', 'g(x);'), under('a', 'g(x); h(x);'), []],
  [
    'a second error path of one text',
    `if (n) { kfree(x); return 1; } ${under('a', 'kfree(x);')}`,
    `if (n) { kfree(x); return 1; } if (r) { kfree(x); return 2; } ${under('a', 'kfree(x);')}`,
    [],
  ],
];
for (const [what, pre, post, expected] of cases) {
  test(`locks of two versions: ${what}`, () => {
    assert.deepEqual(said(pre, post), expected);
  });
}

test('a lock around new work alone is counted, and said by who knows the calls', () => {
  const taken = (pre: string, post: string): unknown => compareLocks(body(pre), body(post))?.taken;
  assert.deepEqual(taken('', 'rcu_read_lock(); g(x); rcu_read_unlock();'), [
    { lock: 'rcu_read_lock()', before: 0, after: 1 },
  ]);
  assert.deepEqual(taken(under('a', 'g(x);'), ''), [{ lock: '&a', before: 1, after: 0 }]);
  // Said already, with what runs under it.
  assert.deepEqual(taken('g(x);', under('a', 'g(x);')), []);
});

test('a function that only one version has is read where it is called', () => {
  const moved = (pre: FunctionWords, post: FunctionWords): unknown => {
    const changes = compareLocks(pre, post);
    return [changes?.said, changes?.taken];
  };
  const whole = body(under('a', 'g(x); h(x);'));
  assert.deepEqual(moved(whole, body('new(x);', { new: under('a', 'g(x); h(x);') })), [[], []]);
  assert.deepEqual(moved(whole, body(under('a', 'new(x);'), { new: 'g(x); if (x) return; h(x);' })), [
    [],
    [],
  ]);
  assert.deepEqual(moved(body('if (old(x)) h(x);', { old: under('a', 'g(x);') }), whole), [
    ['`h(x)` ran without `&a`, and runs under it now'],
    [],
  ]);
  assert.deepEqual(moved(whole, body('guard(mutex)(&a); new(x); h(x);', { new: 'guard(rcu)(); g(x);' })), [
    ['`g(x)` runs under `rcu_read_lock()` now, which the function did not take before'],
    [],
  ]);
  assert.deepEqual(
    moved(body(under('a', under('b', 'g(x);'))), body(under('b', 'new(x);'), { new: under('a', 'g(x);') })),
    [['`&a` is taken while `&b` is held, and was taken before it'], []],
  );
  const loop = body('one(x); g(x);', { one: 'two(x);', two: under('a', 'one(x);') });
  assert.deepEqual(moved(loop, loop), [[], []]);
});

test('helpers, and statements in them, are bounded', () => {
  const chain = (depth: number, calls: number): FunctionWords =>
    body(
      'h0(x);',
      Object.fromEntries(
        Array.from({ length: depth }, (_, at) => [`h${at}`, `h${at + 1}(x);`.repeat(calls)]),
      ),
    );
  assert.ok(compareLocks(body(''), chain(MAX_HELPERS, 1)));
  assert.equal(compareLocks(body(''), chain(MAX_HELPERS + 1, 1)), undefined);
  assert.equal(compareLocks(body(''), chain(MAX_HELPERS, 8)), undefined);
});

test('what is too deep or too long is not read', () => {
  const deep = body(`${'{'.repeat(1000)}${under('a', 'g(x);')}${'}'.repeat(1000)}`);
  assert.equal(compareLocks(deep, body('')), undefined);
  assert.equal(compareLocks(body(''), deep), undefined);
});

const PARTS = [
  'mutex_lock(&a);',
  'mutex_unlock(&a);',
  'guard(rcu)();',
  'if (mutex_trylock(&b))',
  'else',
  '{',
  '}',
  '(',
  ')',
  'do',
  'while (x)',
  'for (;;)',
  'switch (x)',
  'case 1:',
  'default:',
  'break;',
  'continue;',
  'goto out;',
  'out:',
  'return;',
  'g(x->y);',
  'r = my_lock(x);',
  'my_unlock(r);',
  'scoped_guard(mutex, &a)',
  ',',
  '=',
];

test('any two texts are compared, and one with itself says nothing', () => {
  const some = fc.array(fc.constantFrom(...PARTS), { maxLength: 50 }).map((parts) => parts.join(' '));
  const text = fc.tuple(some, some).map(([own, helper]) => body(own, { g: helper }));
  fc.assert(
    fc.property(text, text, (pre, post) => {
      compareLocks(pre, post);
      assert.deepEqual(compareLocks(pre, pre), { said: [], taken: [] });
    }),
  );
});
