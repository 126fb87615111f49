// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writtenChanges } from '../src/examine/written.ts';
import { unitOf } from './support/examined.ts';

const f = (n: number): string => `int f(u64 x) { return sink(x + ${n}); }`;
const changedNames = async (original: string, patched: string): Promise<string[]> =>
  writtenChanges(await unitOf(original, patched)).map(({ name }) => name);

test('of functions whose text changes those count whose code does', async () => {
  const g = (n: number): string =>
    `int g(u64 x) { return other(x); }\n#ifdef NEVER\nint g(u64 x) { return other(x + ${n}); }\n#endif\n`;
  assert.deepEqual(await changedNames(g(1) + f(1), g(2) + f(2)), ['f']);
});

test('one that has no code of its own is inlined into what changes', async () => {
  const g = (n: number): string => `static inline int g(u64 x) { return sink(x * ${n}); }\n`;
  const h = 'int h(u64 x) { return g(x); }';
  assert.deepEqual(await changedNames(g(3) + h, g(5) + h), ['g']);
});

test('where no code changes no text counts', async () => {
  const g = (n: number): string => `#ifdef NEVER\nint g(u64 x) { return other(x + ${n}); }\n#endif\n`;
  assert.deepEqual(await changedNames(g(1) + f(1), g(2) + f(1)), []);
});
