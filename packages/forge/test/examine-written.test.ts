// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExamineRule } from '../src/examine/model.ts';
import { LOOKUP } from '../src/examine/rules/lookup.ts';
import { ORDERING } from '../src/examine/rules/ordering.ts';
import { WAKING } from '../src/examine/rules/waking.ts';
import { inline, missingIn, writtenCalls } from '../src/examine/written.ts';
import { askedText, seen } from './support/examined.ts';

const f = (body: string, name = 'f'): string =>
  `static int ${name}(struct x *x)\n{\n\t${body}\n\treturn x->n;\n}\n`;

const rules: [ExamineRule, string, string, string, RegExp | undefined][] = [
  [WAKING, 'a wake that goes', 'wake_up(&x->wait);', '', /wake_up of wait \(1 before, 0 after\)/],
  [WAKING, 'another wake', 'complete(&x->c);', 'complete_all(&x->c);', /complete of c .*complete_all of c/],
  [WAKING, 'a timer that starts', '', 'mod_timer(&x->t[0], jiffies);', /mod_timer of t \(0 before/],
  [WAKING, 'work behind its queue', '', 'queue_work(x->wq, &x->work);', /queue_work of work/],
  [WAKING, 'the same queue by another path', 'wait_event(y->x->w, n);', 'wait_event(x->w, n);', undefined],
  [WAKING, 'a cancel that was missing', '', 'cancel_work_sync(&x->work);', undefined],
  [ORDERING, 'a barrier that comes', 'x->n = 1;', 'x->n = 1; smp_wmb();', /smp_wmb \(0 before, 1 after\)/],
  [ORDERING, 'a store that releases', 'x->n = 1;', 'smp_store_release(&x->n, 1);', /smp_store_release/],
  [
    ORDERING,
    'a pointer that is published',
    'x->p = p;',
    'rcu_assign_pointer(x->p, p);',
    /rcu_assign_pointer/,
  ],
  [ORDERING, 'a read that is marked', 'n = x->n;', 'n = READ_ONCE(x->n);', undefined],
  [
    LOOKUP,
    'another hash',
    'return jhash(&x->a, 4, 0);',
    'return jhash(&x->b, 4, 0);',
    /jhash\(&x->b, 4, 0\)/,
  ],
  [LOOKUP, 'the use of a hash', 'n = hash_32(a, 8);', 'n = hash_32(a, 8) + 1;', undefined],
];
for (const [rule, what, pre, post, words] of rules) {
  test(`${rule.code}: ${what} is ${words === undefined ? 'not' : 'for review'}`, async () => {
    const found = await askedText(rule, f(pre), f(post));
    assert.deepEqual(seen(found), words === undefined ? [] : [`review ${rule.code} drivers/x/file.c f`]);
    if (words !== undefined) assert.match(found[0]?.reason ?? '', words);
  });
}

const places: [string, boolean][] = [
  ['x_hash', true],
  ['cmp_x', true],
  ['x_bucket_of', true],
  ['rehashed', false],
  ['x_compared', false],
];
for (const [name, found] of places) {
  test(`${name} ${found ? 'says' : 'does not say'} where an entry belongs`, async () => {
    const said = await askedText(LOOKUP, f('return x->a;', name), f('return x->b;', name));
    assert.equal(said.length, found ? 1 : 0);
  });
}

test('a function that is new put nothing anywhere', async () => {
  assert.deepEqual(await askedText(LOOKUP, f(''), `${f('')}${f('', 'x_hash')}`), []);
});

test('calls are read with their arguments', () => {
  const words = 'f ( a , g ( b , c ) , & d [ 1 ] ) ; if ( x ) h ( ) ;'.split(' ');
  assert.deepEqual(
    writtenCalls(words).map((call) => [call.name, call.arguments]),
    [
      ['f', ['a', 'g ( b , c )', '& d [ 1 ]']],
      ['g', ['b', 'c']],
      ['if', ['x']],
      ['h', []],
    ],
  );
});

test('what is missing counts how often', () => {
  assert.deepEqual(
    missingIn(['a', 'a', 'b'], ['a', 'c'], (each) => each),
    ['a', 'b'],
  );
});

test('words are put together as people write them', () => {
  const lines: [string, string][] = [
    ['sizeof ( * x - > p )', 'sizeof(*x->p)'],
    ['x - > n + = - 1', 'x->n += -1'],
    ['a [ 3 ] . b < < 2', 'a[3].b << 2'],
    ['x & & ~ y', 'x && ~y'],
  ];
  for (const [words, line] of lines) assert.equal(inline(words), line);
});
