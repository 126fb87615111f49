// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RETURNS } from '../src/examine/rules/returns.ts';
import { asked, seen } from './support/examined.ts';

const FOUND = ['review EXAMINE_RETURN_CHANGED drivers/x/file.c f'];
const HEAD =
  'enum { EINVAL = 22, EAGAIN = 11 };\n#define NULL ((void *)0)\n#define ERR_PTR(x) ((void *)(long)(x))\nextern void *get(u64);\n';

/** What is said of a function that becomes another one. */
const said = (pre: string, post: string, more = '') =>
  asked(RETURNS, `${HEAD}${pre} ${more}`, `${HEAD}${post} ${more}`);

test('a global function that comes to return an error is for review', async () => {
  const findings = await said(
    'int f(u64 x) { return sink(x); }',
    'int f(u64 x) { if (!x) return -EINVAL; return sink(x); }',
  );
  assert.deepEqual(seen(findings), FOUND);
  assert.match(findings[0]?.reason ?? '', /can return a negative error.*it is global/);
});

test('so is one that returns NULL, directly or through a variable', async () => {
  const pre = 'void *f(u64 x) { void *p = get(x); return p; }';
  for (const body of ['if (!x) return NULL; return p;', 'if (!x) p = NULL; return p;']) {
    const findings = await said(pre, `void *f(u64 x) { void *p = get(x); ${body} }`);
    assert.match(findings[0]?.reason ?? '', /can return NULL/);
  }
});

test('and one that turns from NULL to ERR_PTR', async () => {
  const f = (what: string): string => `void *f(u64 x) { if (!x) return ${what}; return get(x); }`;
  const [found] = await said(f('NULL'), f('ERR_PTR(-EINVAL)'));
  assert.match(found?.reason ?? '', /can return ERR_PTR, .*no longer returns NULL/);
});

test('another error of a function that has some is no other convention', async () => {
  const f = (more: string): string => `int f(u64 x) { if (x > 9) return -EAGAIN; ${more} return sink(x); }`;
  assert.deepEqual(await said(f(''), f('if (!x) return -EINVAL;')), []);
});

test('a positive number where there was none is for review', async () => {
  const f = (what: string): string => `int f(u64 x) { if (!x) return ${what}; return sink(x); }`;
  const [found] = await said(f('-EINVAL'), f('1'));
  assert.match(found?.reason ?? '', /can return a positive number, .*no longer returns a negative error/);
  assert.deepEqual(await said(f('1'), f('2')), []);
});

test('so are answers that change places, and not one more of them', async () => {
  const f = (one: string, two: string, more = ''): string =>
    `int f(u64 x) { ${more} if (!x) return ${one}; sink(x); return ${two}; }`;
  const [found] = await said(f('0', '1'), f('1', '0'));
  assert.match(found?.reason ?? '', /^it returns its two answers in exchanged places; it is global/);
  assert.deepEqual(await said(f('0', '1'), f('0', '1', 'if (x > 9) return 0;')), []);
});

test('an error that is looked for, and NULL that is compared, are not returned', async () => {
  const f = (more: string): string => `int f(u64 x) { int r = sink(x); ${more} return r; }`;
  assert.deepEqual(await said(f(''), f('if (r == -EAGAIN) r = sink(x + 1);')), []);
  assert.deepEqual(await said(f(''), f('if (get(x) == NULL) r = other(x);')), []);
});

test('a static function whose callers are all replaced is compiled with them', async () => {
  const f = (more: string): string =>
    `static noinline int f(u64 x) { asm volatile(""); ${more} return sink(x); }`;
  const [pre, post] = [f(''), f('if (!x) return -EINVAL;')];
  const caller = (n: number): string => `int g(u64 x) { return f(x) + ${n}; }`;
  assert.deepEqual(await asked(RETURNS, `${HEAD}${pre} ${caller(1)}`, `${HEAD}${post} ${caller(2)}`), []);
  const [stays] = await said(pre, post, caller(1));
  assert.match(stays?.reason ?? '', /g calls it and stay/);
});
