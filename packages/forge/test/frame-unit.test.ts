// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { frameUnit } from '../src/create/frame-unit.ts';
import { failsLater } from './support/fails.ts';
import { type FakeTree, fakeUnit, withFakeTree } from './support/fake-tree.ts';

const UNITS = [
  fakeUnit('kernel/plain.c'),
  fakeUnit('fs/b/more.c', ['-DMODULE', '-DMORE'], 'b'),
  fakeUnit('fs/b/second.c', ['-DMODULE'], 'b'),
  fakeUnit('fs/a/first.c', ['-DMODULE'], 'a'),
];

function withUnits(work: (tree: FakeTree, kept: string) => Promise<void>): Promise<void> {
  return withFakeTree({}, [], async (tree) => {
    for (const unit of UNITS) tree.units.set(unit.source, unit);
    await work(tree, join(tree.baseline.cache, 'frame-unit.1'));
  });
}

describe('the unit whose command compiles the frame', () => {
  it('is the module unit with the fewest arguments, and of those the first', () =>
    withUnits(async ({ baseline }, kept) => {
      assert.equal((await frameUnit(baseline)).source, 'fs/a/first.c');
      assert.equal(await readFile(kept, 'utf8'), 'fs/a/first.c');
    }));

  it('is kept', () =>
    withUnits(async ({ baseline }, kept) => {
      await writeFile(kept, 'fs/b/more.c');
      assert.equal((await frameUnit(baseline)).source, 'fs/b/more.c');
    }));

  for (const wrong of ['', 'no/such.c', 'kernel/plain.c']) {
    it(`is chosen anew when what is kept is ${JSON.stringify(wrong)}`, () =>
      withUnits(async ({ baseline }, kept) => {
        await writeFile(kept, wrong);
        assert.equal((await frameUnit(baseline)).source, 'fs/a/first.c');
        assert.equal(await readFile(kept, 'utf8'), 'fs/a/first.c');
      }));
  }

  it('is none in a kernel without modules', () =>
    withFakeTree({}, ['kernel/plain.c'], async ({ baseline }) => {
      await failsLater('COMPILE_COMMAND', () => frameUnit(baseline));
      assert.deepEqual(await readdir(baseline.cache), []);
    }));
});
