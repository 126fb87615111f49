// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@uptide/base';
import { PROTOTYPES } from '../src/examine/rules/prototypes.ts';
import { seen, unitOf } from './support/examined.ts';
import { typesOf } from './support/types.ts';

const FOUND = 'review EXAMINE_PROTOTYPE_CHANGED drivers/x/file.c f';
const DECLARED = 'typedef unsigned int u32; typedef unsigned long u64; extern int sink(u64), other(u64);\n';

async function asked(original: string, patched: string): Promise<readonly Finding[]> {
  const [unit, pre, post] = await Promise.all([
    unitOf(original, patched),
    typesOf(DECLARED + original),
    typesOf(DECLARED + patched),
  ]);
  return PROTOTYPES.examine({ ...unit, types: { kind: 'differ', pre, post } });
}

test('a global function with another parameter is for review, with both prototypes', async () => {
  const found = await asked(
    'int f(u64 a) { return sink(a); }',
    'int f(u64 a, u32 b) { return sink(a + b); }',
  );
  assert.deepEqual(seen(found), [FOUND]);
  assert.equal(found[0]?.reason, 'int (u64) became int (u64, u32); it is global');
});

test('so is one that returns something else', async () => {
  const found = await asked('int f(u64 a) { return sink(a); }', 'void f(u64 a) { sink(a); other(a); }');
  assert.deepEqual(seen(found), [FOUND]);
});

test('a static function is reached by its address', async () => {
  const source = (parameters: string, body: string): string =>
    `static int f(${parameters}) { return ${body}; } void *ops[] = { (void *)f };`;
  const found = await asked(source('u64 a', 'sink(a)'), source('u64 a, u32 b', 'sink(a) + b'));
  assert.deepEqual(seen(found), [FOUND]);
  assert.match(found[0]?.reason ?? '', /its address stands in ops$/);
});

test('a static function that only its unit calls is compiled with its callers', async () => {
  const source = (parameters: string, body: string, call: string): string =>
    `static __attribute__((noipa)) int f(${parameters}) { return ${body}; } int g(u64 x) { return f(${call}) + 1; }`;
  const found = await asked(source('u64 a', 'sink(a)', 'x'), source('u64 a, u32 b', 'sink(a) + b', 'x, 3'));
  assert.deepEqual(found, []);
});

test('other names of parameters, and another body, are no change', async () => {
  assert.deepEqual(
    await asked('int f(u64 a) { return sink(a); }', 'int f(u64 z) { return sink(z + 1); }'),
    [],
  );
});

test('an exported function is said to be exported', async () => {
  const kept = 'static void *__attribute__((section("___ksymtab+f"), used)) __ksymtab_f = (void *)f;';
  const found = await asked(
    `int f(u64 a) { return sink(a); } ${kept}`,
    `int f(u64 a, u32 b) { return sink(a + b); } ${kept}`,
  );
  assert.match(found[0]?.reason ?? '', /; it is exported$/);
});
