// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALREADY_RAN } from '../src/examine/rules/already-ran.ts';
import { asked, seen } from './support/examined.ts';

const found = (name: string): string[] => [`review EXAMINE_ALREADY_RAN drivers/x/file.c ${name}`];

test('a probe function has run for the devices that are there', async () => {
  const source = (n: number): string => `int x_probe(u64 a) { return sink(a + ${n}); }`;
  assert.deepEqual(seen(await asked(ALREADY_RAN, source(1), source(2))), found('x_probe'));
});

test('a word that only contains it is another word', async () => {
  const source = (n: number): string => `int x_reprobed(u64 a) { return sink(a + ${n}); }`;
  assert.deepEqual(await asked(ALREADY_RAN, source(1), source(2)), []);
});

test('a static function that only the start calls has run', async () => {
  const source = (n: number, more = ''): string =>
    `static noinline int once(u64 a) { asm volatile(""); return sink(a + ${n}); } int __init start(u64 a) { return once(a) + 1; } ${more}`;
  assert.deepEqual(seen(await asked(ALREADY_RAN, source(1), source(2))), found('once'));
  const later = 'int later(u64 a) { return once(a) + 2; }';
  assert.deepEqual(await asked(ALREADY_RAN, source(1, later), source(2, later)), []);
  const kept = 'int (*ops)(u64) = once;';
  assert.deepEqual(await asked(ALREADY_RAN, source(1, kept), source(2, kept)), []);
});

test('a function that the start registers runs later', async () => {
  const source = (n: number): string =>
    `extern int add(int (*)(u64)); static int once(u64 a) { return sink(a + ${n}); } int __init start(void) { return add(once); }`;
  assert.deepEqual(await asked(ALREADY_RAN, source(1), source(2)), []);
});

test('a global function may have callers elsewhere', async () => {
  const source = (n: number): string =>
    `noinline int once(u64 a) { asm volatile(""); return sink(a + ${n}); } int __init start(u64 a) { return once(a) + 1; }`;
  assert.deepEqual(await asked(ALREADY_RAN, source(1), source(2)), []);
});
