// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETUP } from '../src/examine/rules/setup.ts';
import { askedText, seen } from './support/examined.ts';

const open = (steps: string): string =>
  `static int x_open(struct file *file)\n{\n\tstruct x *x = kzalloc(sizeof(*x), GFP_KERNEL);\n\t${steps}\n\treturn 0;\n}\n`;
const read = (steps: string): string => `static int x_read(struct x *x)\n{\n\t${steps}\n\treturn x->n;\n}\n`;
const FOUND = ['review EXAMINE_SETUP_CHANGED drivers/x/file.c x_open'];

const changes: [string, string, string, boolean][] = [
  [
    'a flag that another function asks for',
    `${open('x->flags = 0;')}${read('')}`,
    `${open('x->flags = READY;')}${read('if (!(x->flags & READY)) return -1;')}`,
    true,
  ],
  [
    'a bit that is set',
    `${open('')}${read('')}`,
    `${open('set_bit(READY, &x->state);')}${read('if (test_bit(READY, &x->state)) return 1;')}`,
    true,
  ],
  [
    'a count that begins at one',
    `${open('')}${read('')}`,
    `${open('refcount_set(&x->users, 1);')}${read('refcount_inc(&x->users);')}`,
    true,
  ],
  [
    'a member that is no longer set',
    `${open('x->limit = 8;')}${read('if (x->limit) return 1;')}`,
    `${open('')}${read('')}`,
    true,
  ],
  ['a lock that is newly initialised', open(''), open('mutex_init(&x->lock);'), true],
  [
    'a member that nobody else changes with',
    `${open('')}${read('')}`,
    `${open('x->n = 1;')}${read('')}`,
    false,
  ],
  [
    'a comparison',
    `${open('')}${read('')}`,
    `${open('if (x->n == 1) return 1;')}${read('x->n = 2;')}`,
    false,
  ],
  ['another member', `${open('x->a = 0;')}${read('')}`, `${open('x->a = 1;')}${read('x->b = 1;')}`, false],
  [
    'a function that makes nothing',
    `${read('x->n = 0;')}static int x_poll(struct x *x)\n{\n\treturn 0;\n}\n`,
    `${read('x->n = 1;')}static int x_poll(struct x *x)\n{\n\treturn x->n;\n}\n`,
    false,
  ],
];
for (const [what, pre, post, found] of changes) {
  test(`setting up: ${what} is ${found ? 'for review' : 'not'}`, async () => {
    assert.deepEqual(seen(await askedText(SETUP, pre, post)), found ? FOUND : []);
  });
}

test('a maker that is new makes only new objects', async () => {
  assert.deepEqual(await askedText(SETUP, read(''), `${open('x->n = 1;')}${read('x->n = 2;')}`), []);
});

test('it says what is set up and who uses it', async () => {
  const [found] = await askedText(
    SETUP,
    `${open('x->n = -1;')}${read('')}`,
    `${open('x->n = 1 << 3;')}${read('x->n++;')}`,
  );
  assert.equal(
    found?.reason,
    'it sets up: n = 1 << 3, instead of n = -1, and what x_read does with it changes; objects that are there were set up the old way',
  );
});
