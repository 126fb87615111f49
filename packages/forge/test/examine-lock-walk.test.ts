// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockTexts, MAX_LOCKS, readLockText } from '../src/examine/locks/lock-texts.ts';
import { walkLocks } from '../src/examine/locks/lock-walk.ts';
import { spell } from '../src/examine/locks/spell.ts';
import { tokenize } from '../src/source/tokens.ts';

const words = (text: string): string[] => tokenize(text).map((token) => token.text);

/** What each call of `w` runs under: `w(1): &a ?&b`, with a question mark where it is not sure. */
function held(body: string): string[] {
  const text = readLockText(words(`int f(struct x *x) { ${body} }`), new Map());
  assert.ok(text);
  const walk = walkLocks(lockTexts(text, [text]));
  assert.ok(walk);
  return walk.places.flatMap((place) =>
    place.words.includes('w')
      ? [
          `${spell(place.words)}: ${place.held.map(({ lock, isSure }) => `${isSure ? '' : '?'}${lock.shown}`).join(' ')}`.trim(),
        ]
      : [],
  );
}

const cases: [string, string, string[]][] = [
  ['a section', 'w(1); mutex_lock(&a); w(2); mutex_unlock(&a); w(3);', ['w(1):', 'w(2): &a', 'w(3):']],
  [
    'two locks',
    'mutex_lock(&a); spin_lock(&b); w(1); mutex_unlock(&a); w(2); spin_unlock(&b);',
    ['w(1): &a &b', 'w(2): &b'],
  ],
  [
    'an early exit',
    'mutex_lock(&a); if (x) { mutex_unlock(&a); return; } w(1); mutex_unlock(&a);',
    ['w(1): &a'],
  ],
  [
    'a jump to the release',
    'mutex_lock(&a); if (x) goto out; w(1); out: w(2); mutex_unlock(&a); w(3);',
    ['w(1): &a', 'w(2): &a', 'w(3):'],
  ],
  ['a jump past the release', 'if (x) goto out; mutex_lock(&a); mutex_unlock(&a); out: w(1);', ['w(1):']],
  [
    'a jump with the lock, and another without',
    'if (x) goto out; mutex_lock(&a); out: w(1); mutex_unlock(&a);',
    ['w(1): ?&a'],
  ],
  [
    'a jump back',
    'goto start; again: w(1); spin_unlock(&a); return; start: spin_lock(&a); goto again;',
    ['w(1): &a'],
  ],
  ['a release on one way', 'mutex_lock(&a); if (x) mutex_unlock(&a); w(1);', ['w(1): ?&a']],
  [
    'branches that agree',
    'if (x) mutex_lock(&a); else mutex_lock(&a); w(1); mutex_unlock(&a);',
    ['w(1): &a'],
  ],
  [
    'what the caller holds',
    'w(1); spin_unlock(&a); w(2); spin_lock(&a); w(3);',
    ['w(1): &a', 'w(2):', 'w(3): &a'],
  ],
  [
    'a lock that is tried',
    'if (!mutex_trylock(&a)) { w(1); return; } w(2); mutex_unlock(&a);',
    ['w(1):', 'w(2): &a'],
  ],
  [
    'a lock that is tried, the other way',
    'if (mutex_trylock(&a)) { w(1); mutex_unlock(&a); } w(2);',
    ['w(1): &a', 'w(2):'],
  ],
  ['a try or another condition', 'if (x || mutex_trylock(&a)) w(1); mutex_unlock(&a);', ['w(1): ?&a']],
  [
    'another condition and no try',
    'if (x && !mutex_trylock(&a)) return; w(1); mutex_unlock(&a);',
    ['w(1): ?&a'],
  ],
  [
    'a lock that a signal ends',
    'if (mutex_lock_interruptible(&a)) { w(1); return; } w(2); mutex_unlock(&a);',
    ['w(1):', 'w(2): &a'],
  ],
  [
    'an error in a variable',
    'int r; r = mutex_lock_killable(&a); if (r) { w(1); return r; } w(2); mutex_unlock(&a);',
    ['w(1):', 'w(2): &a'],
  ],
  [
    'a try in a variable',
    'ok = spin_trylock(&a); if (!ok) { w(1); return; } w(2); spin_unlock(&a);',
    ['w(1):', 'w(2): &a'],
  ],
  [
    'a pointer that is an error',
    'q = my_lock(x); if (IS_ERR(q)) { w(1); return; } w(2); my_unlock(x);',
    ['w(1):', 'w(2): my_lock(x)'],
  ],
  [
    'a variable that is set anew',
    'r = mutex_lock_killable(&a); r = g(); if (r) w(1); mutex_unlock(&a);',
    ['w(1): &a'],
  ],
  ['waiting for a try', 'while (!spin_trylock(&a)) w(1); w(2); spin_unlock(&a);', ['w(1):', 'w(2): &a']],
  [
    'a loop that lets go',
    'spin_lock(&a); while (x) { w(1); spin_unlock(&a); w(2); spin_lock(&a); } w(3); spin_unlock(&a);',
    ['w(1): &a', 'w(2):', 'w(3): &a'],
  ],
  [
    'a loop that is left with the lock',
    'for (;;) { spin_lock(&a); if (x) break; spin_unlock(&a); w(1); } w(2); spin_unlock(&a);',
    ['w(1):', 'w(2): &a'],
  ],
  [
    'continue',
    'do { spin_lock(&a); if (x) { spin_unlock(&a); continue; } w(1); spin_unlock(&a); } while (w(2)); w(3);',
    ['w(1): &a', 'w(2):', 'w(3):'],
  ],
  [
    'a loop of a macro',
    'list_for_each(p, w) { rcu_read_lock(); w(1); rcu_read_unlock(); } w(2);',
    ['list_for_each(p, w):', 'w(1): rcu_read_lock()', 'w(2):'],
  ],
  [
    'cases',
    'switch (x) { case 1: mutex_lock(&a); case 2: w(1); break; default: mutex_lock(&a); w(2); } w(3); mutex_unlock(&a);',
    ['w(1): ?&a', 'w(2): &a', 'w(3): ?&a'],
  ],
  [
    'cases without a default',
    'switch (x) { case 1: mutex_lock(&a); break; } w(1); mutex_unlock(&a);',
    ['w(1): ?&a'],
  ],
  [
    'a guard',
    'w(1); { guard(mutex)(&a); w(2); if (x) goto out; } w(3); out: w(4);',
    ['w(1):', 'w(2): &a', 'w(3):', 'w(4):'],
  ],
  [
    'a guard in a loop',
    'while (x) { guard(rcu)(); if (y) break; w(1); } w(2);',
    ['w(1): rcu_read_lock()', 'w(2):'],
  ],
  ['a scope', 'scoped_guard(spinlock, &a) w(1); w(2);', ['w(1): &a', 'w(2):']],
  [
    'a result that is released',
    'ptl = pmd_lock(mm, pmd); w(1); spin_unlock(ptl); w(2);',
    ['w(1): pmd_lock(mm)', 'w(2):'],
  ],
  [
    'a release of another text',
    'rq = task_rq_lock(p, &rf); w(1); task_rq_unlock(rq, p, &rf); w(2);',
    ['w(1): task_rq_lock(p)', 'w(2):'],
  ],
  [
    'another name of a lock',
    'struct mutex *m = &x->m; mutex_lock(m); w(1); mutex_unlock(&x->m); w(2);',
    ['w(1): &x->m', 'w(2):'],
  ],
  [
    'a name that is set twice',
    'struct mutex *m = &x->m; m = &y; mutex_lock(m); w(1); mutex_unlock(m);',
    ['w(1): m'],
  ],
  ['what only looks like a lock', 'posix_lock(file); w(1);', ['w(1):']],
  ['what no way leads to', 'return; w(1);', []],
];
for (const [what, body, expected] of cases) {
  test(`locks are followed: ${what}`, () => {
    assert.deepEqual(held(body), expected);
  });
}

test('the number of locks is bounded', () => {
  const body = (count: number): string[] =>
    words(`int f(void) { ${Array.from({ length: count }, (_, at) => `mutex_lock(&l${at});`).join(' ')} }`);
  assert.ok(readLockText(body(MAX_LOCKS), new Map()));
  assert.equal(readLockText(body(MAX_LOCKS + 1), new Map()), undefined);
});
