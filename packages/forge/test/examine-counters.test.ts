// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS } from '../src/examine/rules/counters.ts';
import { askedText, seen } from './support/examined.ts';

const f = (body: string): string => `static int f(struct x *x)\n{\n\t${body}\n\treturn x->n;\n}\n`;
const g = (body: string): string => `static int g(struct x *x)\n{\n\t${body}\n\treturn x->m;\n}\n`;
const said = (...names: string[]): string[] =>
  names.map((name) => `review EXAMINE_COUNTER_CHANGED drivers/x/file.c ${name}`);

const bodies: [string, string, string, string | undefined][] = [
  ['a count that is taken', '', 'atomic_inc(&x->users);', 'atomic_inc of users (0 before, 1 after)'],
  [
    'another way to count',
    'refcount_inc(&x->ref);',
    'if (!refcount_inc_not_zero(&x->ref)) return 0;',
    'refcount_inc of ref (1 before, 0 after), refcount_inc_not_zero of ref (0 before, 1 after)',
  ],
  ['a count of one place more', 'x->n++;', 'x->n++; x->n++;', '++ of n (1 before, 2 after)'],
  ['a sign before', '', '--x->a.users;', '-- of users (0 before, 1 after)'],
  ['a path', '', 'x->a->b.c[0] = 1; x->a->users -= 2;', '-= of users (0 before, 1 after)'],
  ['a variable of the kernel', '', 'atomic_dec(&users);', 'atomic_dec of users (0 before, 1 after)'],
  ['a count of each processor', '', 'this_cpu_inc(nr_x);', 'this_cpu_inc of nr_x (0 before, 1 after)'],
  ['a bit', '', 'set_bit(READY, &x->state);', 'set_bit READY of state (0 before, 1 after)'],
  ['a flag', 'x->flags &= ~OLD;', '', '&= ~OLD of flags (1 before, 0 after)'],
  ['a count of statistics', '', 'x->stats.dropped++; atomic_inc(&x->rx_errors);', undefined],
  ['a variable of the function', '', 'int i = 0; i++; x->n = i;', undefined],
  ['a member of what is on the stack', '', 'struct y y; y.n++;', undefined],
  ['a step that stays', 'x->n++;', 'x->n++; x->m = 1;', undefined],
  ['a difference', 'x->a = x->n - -1;', 'x->a = x->n - +1;', undefined],
];
for (const [what, pre, post, words] of bodies) {
  test(`counting: ${what} is ${words === undefined ? 'not' : 'for review'}`, async () => {
    const found = await askedText(COUNTERS, f(pre), f(post));
    assert.deepEqual(seen(found), words === undefined ? [] : said('f'));
    if (words !== undefined)
      assert.equal(found[0]?.reason, `steps of counts or bits are others than before: ${words}`);
  });
}

test('what another function does with the same counter is said', async () => {
  const found = await askedText(
    COUNTERS,
    `${f('')}${g('')}`,
    `${f('atomic_inc(&x->users);')}${g('if (atomic_dec_and_test(&x->users)) kfree(x);')}`,
  );
  assert.deepEqual(seen(found), said('f', 'g'));
  assert.match(found[0]?.reason ?? '', /; so are those in g$/);
});

test('another counter is another matter', async () => {
  const found = await askedText(COUNTERS, `${f('')}${g('')}`, `${f('x->a++;')}${g('x->b--;')}`);
  assert.deepEqual(seen(found), said('f', 'g'));
  assert.doesNotMatch(found[0]?.reason ?? '', /so are those/);
});

test('what only the patch declares was never counted by old code', async () => {
  const added = 'static atomic_t reads;\nstruct y {\n\tunsigned long *uses;\n};\n';
  const step = f('atomic_inc(&reads); y->uses++;');
  assert.deepEqual(await askedText(COUNTERS, f(''), added + step), []);
  // Where a header that stays declares it, or the old text knew it, both versions may count.
  assert.deepEqual(seen(await askedText(COUNTERS, f(''), step)), said('f'));
  assert.deepEqual(seen(await askedText(COUNTERS, added + f(''), added + step)), said('f'));
});

test('a returned value is no declaration', async () => {
  assert.deepEqual(seen(await askedText(COUNTERS, f(''), f('x->n++; return n;'))), said('f'));
});
