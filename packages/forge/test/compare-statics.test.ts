// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, codes, diffed } from './support/pairs.ts';

const F = 'int f(u64 a){static int count; return sink(count++ + a);}';
const G = 'int g(u64 a){static int count; return other(count++);}';
const Z = 'int z(u64 a){static int count; return sink(count++ ^ a);}';

test('static locals that the compiler numbered anew are the same variables', async () => {
  const diff = await diffed(F + G, Z + F + G);
  assert.deepEqual(changes(diff), { changed: [], new: ['z'], removed: [] });
  assert.deepEqual(codes(diff), []);
});

test('a function that uses the variable of another is changed', async () => {
  const shared = 'static int count_f, count_g;';
  const use = (name: string, variable: string): string =>
    `int ${name}(u64 a){return sink(${variable}++ + a);}`;
  const diff = await diffed(
    shared + use('f', 'count_f') + use('g', 'count_g'),
    shared + use('f', 'count_g') + use('g', 'count_f'),
  );
  assert.deepEqual(diff.changed, ['f', 'g']);
});

test('a static local that loses its user, and one that is new, are asked about', async () => {
  const without = 'int f(u64 a){return sink(a);}';
  assert.deepEqual(codes(await diffed(F, without)), ['COMPARE_STATIC_LOCAL_GONE']);
  assert.deepEqual(codes(await diffed(without, F)), ['COMPARE_STATIC_LOCAL_NEW']);
});

test('the initial value of a static local counts, whether its function changed or not', async () => {
  const source = (start: number, add: number): string =>
    `int f(u64 a){static int count=${start}; return sink(count++ + a + ${add});}`;
  const kept = await diffed(source(3, 1), source(4, 1));
  assert.deepEqual([kept.changed, codes(kept)], [[], ['COMPARE_DATA_CHANGED']]);
  const changed = await diffed(source(3, 1), source(4, 2));
  assert.deepEqual([changed.changed, codes(changed)], [['f'], ['COMPARE_DATA_CHANGED']]);
});

test('a static key that only the jump table mentions', async () => {
  const use = (name: string): string =>
    `int ${name}(u64 a){static struct key k; if (static_branch(&k)) return other(a); return sink(a);}`;
  const key = 'struct key{int e; void*p;};';
  const diff = await diffed(key + use('f'), key + use('z').replace('other(a)', 'other(a+3)') + use('f'));
  assert.deepEqual(changes(diff), { changed: [], new: ['z'], removed: [] });
});

test('a static local that only another static local mentions', async () => {
  const use = (name: string): string =>
    `int ${name}(u64 a){static int value; static struct {int *p; int n;} box={&value,2}; return sink(*box.p + box.n++ + a);}`;
  const diff = await diffed(use('f'), use('z').replace('+ a', '^ a') + use('f'));
  assert.deepEqual(changes(diff), { changed: [], new: ['z'], removed: [] });
  assert.deepEqual(codes(diff), []);
});

test('flags of the once macros and names of functions count by content', async () => {
  const use = (name: string): string =>
    `int ${name}(u64 a){static bool done __section(".data.once"); if(!done){done=1;printk("%s",__func__);} return a+2;}`;
  const diff = await diffed(use('f') + use('g'), use('z') + use('f') + use('g').replace('a+2', 'a+3'));
  assert.deepEqual(changes(diff), { changed: ['g'], new: ['z'], removed: [] });
  assert.deepEqual(codes(diff), []);
});

test('a variable of the file that is named like those of macros keeps its state', async () => {
  const source = (n: number): string =>
    `static int descriptor=1; int f(void){return sink(${n}+descriptor++);}`;
  const diff = await diffed(source(1).replace('=1', '=1'), source(2));
  assert.deepEqual([diff.changed, codes(diff)], [['f'], []]);
  const other = await diffed(source(1), source(1).replace('=1', '=2'));
  assert.deepEqual(codes(other), ['COMPARE_DATA_CHANGED']);
});

test('a static local follows the code that the compiler split off', async () => {
  const inner = (attribute: string): string =>
    `static ${attribute} u64 number(u64 a){static u64 sequence=7; asm volatile("");return sink(sequence++ + a);}`;
  const f = 'int f(u64 a){return other(number(a)) + number(a+1);}';
  const split = await diffed(inner('inline __attribute__((always_inline))') + f, inner('noinline') + f);
  assert.deepEqual(changes(split), { changed: ['f'], new: ['number'], removed: [] });
  assert.deepEqual(codes(split), []);
  const inlined = await diffed(inner('noinline') + f, inner('inline __attribute__((always_inline))') + f);
  assert.deepEqual(changes(inlined), { changed: ['f'], new: [], removed: ['number'] });
  assert.deepEqual(codes(inlined), []);
});
