// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AffectedUnit } from '../src/affected/model.ts';
import { compileUnits } from '../src/compile/compile.ts';
import { type FakeTree, fakeUnit, withFakeTree } from './support/fake-tree.ts';

const FILES = {
  'fs/a.c': '#include <near.h>\n#include "pick.h"\nint a(void) { return NEAR + PICK; }\n',
  'fs/b.c': 'int b(void) { return 1; }\n',
  'include/near.h': '#define NEAR 1\n',
  'include/far.h': '#define FAR 1\n',
  'include/pick.h': '#define PICK 1\n',
  'fs/table.S': '',
};
const A = FILES['fs/a.c'].replace('return ', 'return 100 + ');

/** Runs the compiler on fs/a.c with those patched files; gives how often it ran for post, and the object. */
type Compile = (changes: Readonly<Record<string, string>>) => Promise<{ runs: number; post: Uint8Array }>;

function withCompiler(work: (compile: Compile, tree: FakeTree) => Promise<void>): Promise<void> {
  return withFakeTree(FILES, [], async (tree) => {
    const log = join(tree.baseline.cache, 'runs');
    await tree.write('cc', `#!/bin/sh\npwd >> '${log}'\nexec gcc-12 "$@"\n`);
    const base = fakeUnit('fs/a.c');
    const unit = { ...base, compile: ['./cc', ...base.compile.slice(1)] };
    const postRuns = async (): Promise<number> =>
      existsSync(log)
        ? (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('/work/')).length
        : 0;
    await work(async (changes) => {
      const before = await postRuns();
      const changedSources = Object.keys(changes);
      const affected: AffectedUnit = { unit, owners: unit.owners, changedSources, reason: 'includes' };
      const { units } = await compileUnits({
        baseline: tree.baseline,
        workFolder: tree.workFolder,
        units: [affected],
        postFiles: new Map(Object.entries(changes).map(([path, text]) => [path, Buffer.from(text)])),
      });
      return { runs: (await postRuns()) - before, post: units[0]?.post ?? new Uint8Array() };
    }, tree);
  });
}

describe('a post object', () => {
  it('is taken when the next patch changes what its unit does not read', () =>
    withCompiler(async (compile) => {
      const first = await compile({ 'fs/a.c': A });
      assert.equal(first.runs, 1);
      const next = await compile({ 'fs/a.c': A, 'fs/b.c': 'int b;\n', 'include/far.h': '#define FAR 2\n' });
      assert.deepEqual(next, { ...first, runs: 0 });
    }));
  it('is compiled again when a header that it reads changes, and then again not', () =>
    withCompiler(async (compile) => {
      const first = await compile({ 'fs/a.c': A });
      const near = await compile({ 'fs/a.c': A, 'include/near.h': '#define NEAR 2\n' });
      assert.equal(near.runs, 1);
      assert.notDeepEqual(near.post, first.post);
      const other = await compile({ 'fs/a.c': A, 'include/near.h': '#define NEAR 3\n' });
      assert.equal(other.runs, 1);
      assert.notDeepEqual(other.post, near.post);
      assert.deepEqual(await compile({ 'fs/a.c': A }), { ...first, runs: 0 });
      assert.deepEqual(await compile({ 'fs/a.c': A, 'include/near.h': '#define NEAR 2\n' }), {
        ...near,
        runs: 0,
      });
    }));
  it('is compiled again when a header of the same name appears that is found first', () =>
    withCompiler(async (compile) => {
      const first = await compile({ 'fs/a.c': A });
      const shadowed = await compile({ 'fs/a.c': A, 'fs/pick.h': '#define PICK 9\n' });
      assert.equal(shadowed.runs, 1);
      assert.notDeepEqual(shadowed.post, first.post);
      const changed = await compile({ 'fs/a.c': A, 'fs/pick.h': '#define PICK 10\n' });
      assert.equal(changed.runs, 1);
      assert.notDeepEqual(changed.post, shadowed.post);
      assert.deepEqual(await compile({ 'fs/a.c': A }), { ...first, runs: 0 });
    }));
  it('is compiled again when a file changes that no list of dependencies would name', () =>
    withCompiler(async (compile) => {
      await compile({ 'fs/a.c': A });
      assert.equal((await compile({ 'fs/a.c': A, 'fs/table.S': '.byte 1\n' })).runs, 1);
    }));
  it('is compiled again when what a changed header begins to read changes', () =>
    withCompiler(async (compile) => {
      const near = { 'fs/a.c': A, 'include/near.h': '#include "far.h"\n#define NEAR FAR\n' };
      const first = await compile(near);
      assert.equal(first.runs, 1);
      const far = await compile({ ...near, 'include/far.h': '#define FAR 2\n' });
      assert.equal(far.runs, 1);
      assert.notDeepEqual(far.post, first.post);
    }));
  it('is compiled again when the file behind a link changes', () =>
    withCompiler(async (compile, tree) => {
      await tree.write('uapi/real.h', '#define NEAR 5\n');
      await symlink('../uapi/real.h', join(tree.baseline.tree, 'include/link.h'));
      const text = A.replace('<near.h>', '<link.h>');
      assert.equal((await compile({ 'fs/a.c': text })).runs, 1);
      // The link leads to the pristine file, which the compiler must not be given for the patched one.
      await assert.rejects(compile({ 'fs/a.c': text, 'uapi/real.h': '#define NEAR 6\n' }), {
        code: 'COMPILE_STALE_HEADER',
      });
    }));
});
