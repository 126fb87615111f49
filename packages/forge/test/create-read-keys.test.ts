// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readObject } from '@uptide/elf';
import type { CompiledUnit } from '../src/compile/model.ts';
import { readKeys } from '../src/create/read-keys.ts';
import { assembledFile, FENTRY, global, local } from './support/assembly.ts';
import { shippedFrom, unitOf } from './support/units.ts';

const SOURCE = 'drivers/a.c';

/** A unit before a fix, with the fix, and with the fix and keys that are read. */
async function read(pre: readonly string[], post: readonly string[], keyed: readonly string[]) {
  const [before, after, reading] = await Promise.all(
    [pre, post, keyed].map((parts) => assembledFile(parts.join('\n'))),
  );
  assert.ok(before !== undefined && after !== undefined && reading !== undefined);
  const original = readObject(before);
  const unit = unitOf({
    pre: original,
    post: readObject(after),
    shipped: shippedFrom(original),
    source: SOURCE,
  });
  const compiled: CompiledUnit = {
    unit: { source: SOURCE, objectFile: 'drivers/a.o', owners: ['vmlinux'], compile: [], post: [] },
    changedSources: [SOURCE],
    pre: before,
    post: reading,
    preKey: '',
    postKey: '',
    notes: [],
  };
  return readKeys(unit, compiled);
}

const names = (pieces: readonly { readonly name: string }[] = []): string[] =>
  pieces.map(({ name }) => name).sort();
const foo = (callee: string, ...body: readonly string[]): string =>
  global('foo', FENTRY, ...body, `call ${callee}`, 'ret');

describe('a fix with keys that are read', () => {
  it('replaces what the fix replaces, whatever else asks keys', async () => {
    const other = (...body: readonly string[]): string => global('other', FENTRY, ...body, 'ret');
    const result = await read(
      [foo('other'), other()],
      [foo('other', 'nop'), other()],
      [foo('other', 'nop', 'cmpl $0, %eax'), other('cmpl $0, %eax')],
    );
    assert.deepEqual(names(result?.unit.comparison.changed), ['foo']);
    assert.deepEqual(names(result?.unit.comparison.added), []);
    assert.equal(result?.finding.code, 'CUT_KEYS_READ');
  });

  it('carries clones that came out otherwise for those who call them', async () => {
    const clone = (...body: readonly string[]): string =>
      local('bar.isra.0', FENTRY, ...body, 'call baz.isra.0', 'ret');
    const deeper = (...body: readonly string[]): string => local('baz.isra.0', FENTRY, ...body, 'ret');
    const result = await read(
      [foo('bar.isra.0'), clone(), deeper()],
      [foo('bar.isra.0', 'nop'), clone(), deeper()],
      [foo('bar.isra.0', 'nop'), clone('cmpl $0, %eax'), deeper('cmpl $0, %ebx')],
    );
    assert.deepEqual(names(result?.unit.comparison.changed), ['foo']);
    assert.deepEqual(names(result?.unit.comparison.added), ['bar.isra.0', 'baz.isra.0']);
  });

  it('is given up when a changed function is not found again', async () => {
    const result = await read([foo('x')], [foo('x', 'nop')], [foo('x')]);
    assert.equal(result, undefined);
  });

  it('is given up when a new function is not found again', async () => {
    const added = local('added', FENTRY, 'ret');
    const result = await read([foo('x')], [foo('added'), added], [foo('y')]);
    assert.equal(result, undefined);
  });
});
