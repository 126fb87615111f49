// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALLOCATIONS } from '../src/examine/rules/allocations.ts';
import { askedText, seen } from './support/examined.ts';

const make = (call: string): string => `static int make(struct x *x)\n{\n\tx->p = ${call};\n\treturn 0;\n}\n`;
const drop = (call: string): string => `static void drop(struct x *x)\n{\n\t${call}\n}\n`;
const found = (...names: string[]): string[] =>
  names.map((name) => `review EXAMINE_ALLOCATION_CHANGED drivers/x/file.c ${name}`);

const changes: [string, string, string, string[]][] = [
  [
    'another allocator',
    make('kmalloc(sizeof(*x), GFP_KERNEL)'),
    make('kvmalloc(sizeof(*x), GFP_KERNEL)'),
    ['make'],
  ],
  ['memory that is zeroed', make('kmalloc(8, GFP_KERNEL)'), make('kzalloc(8, GFP_KERNEL)'), ['make']],
  ['a flag that zeroes', make('kmalloc(8, GFP_NOFS)'), make('kmalloc(8, GFP_NOFS | __GFP_ZERO)'), ['make']],
  ['another size', make('kmem_cache_alloc(small, f)'), make('kmem_cache_alloc(large, f)'), ['make']],
  ['another effort', make('kmalloc(8, GFP_KERNEL)'), make('kmalloc(8, GFP_ATOMIC | __GFP_NOWARN)'), []],
  ['no allocator', make('alloc_info(8)'), make('alloc_state(9)'), []],
  ['another way to free', drop('kfree(x);'), drop('kvfree(x);'), ['drop']],
  ['a free that no longer waits', drop('kfree_rcu(x, rcu);'), drop('kfree(x);'), ['drop']],
  ['another free of the same kind', drop('kfree(x->a);'), drop('kfree(x->b);'), []],
  ['a leak that is closed', drop('sink(x);'), drop('sink(x); kfree(x->a);'), []],
  ['a buffer that is new', make('now(x)'), make('now(kmalloc(8, GFP_KERNEL))'), []],
  [
    'a free that moves',
    `${drop('kfree(x);')}${make('now(x)')}`,
    `${drop('sink(x);')}${make('now(x); kfree(x)')}`,
    ['drop', 'make'],
  ],
  [
    'both ends',
    `${make('kmalloc(8, GFP_KERNEL)')}${drop('kfree(x);')}`,
    `${make('vmalloc(8)')}${drop('vfree(x);')}`,
    ['make', 'drop'],
  ],
];
for (const [what, pre, post, names] of changes) {
  test(`memory: ${what} is ${names.length === 0 ? 'not' : 'for review'}`, async () => {
    assert.deepEqual(seen(await askedText(ALLOCATIONS, pre, post)), found(...names));
  });
}

test('it says what became what, and what moved', async () => {
  const [one] = await askedText(
    ALLOCATIONS,
    make('kmalloc(x->n, GFP_KERNEL)'),
    make('kzalloc(x->n, GFP_KERNEL)'),
  );
  assert.equal(one?.reason, 'kmalloc(x->n) became kzalloc(x->n)');
  const [from, to] = await askedText(
    ALLOCATIONS,
    `${drop('kfree(x);')}${make('now(x)')}`,
    `${drop('sink(x);')}${make('now(x); kfree(x)')}`,
  );
  assert.equal(from?.reason, 'kfree goes, and comes in another function');
  assert.equal(to?.reason, 'kfree comes, and goes in another function');
});
