// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { headerInclusions, includersOf, inclusionsIn, sourceInclusions } from '../src/affected/includers.ts';
import { withFakeTree } from './support/fake-tree.ts';

const FILES = {
  'kernel/sched/build_policy.c':
    '#include <linux/sched.h>\n#include "rt.c"\n# include\t"idle.c"\n// #include "no.c"\n',
  'kernel/sched/rt.c': 'int rt;\n',
  'lib/wrap.c': '  #include "../kernel/sched/rt.c"\n',
  'lib/sources.h': '#include "deep/a.c"\n',
  'lib/use.c': '#include "sources.h"\n',
  'Documentation/example.c': '#include "rt.c"\n',
  'tools/x.c': '#include "rt.c"\n',
};

describe('the inclusions of a tree', () => {
  it('are the lines that include a .c file, outside of what is no kernel code', () =>
    withFakeTree(FILES, [], async ({ baseline }) => {
      assert.deepEqual(await sourceInclusions(baseline), [
        { file: 'kernel/sched/build_policy.c', spelled: 'idle.c' },
        { file: 'kernel/sched/build_policy.c', spelled: 'rt.c' },
        { file: 'lib/sources.h', spelled: 'deep/a.c' },
        { file: 'lib/wrap.c', spelled: '../kernel/sched/rt.c' },
      ]);
    }));
  it('are kept, and collected anew when what was kept is damaged', () =>
    withFakeTree(FILES, [], async (tree) => {
      const { baseline } = tree;
      const first = await sourceInclusions(baseline);
      await tree.write('lib/late.c', '#include "x.c"\n');
      assert.deepEqual(await sourceInclusions(baseline), first);
      const folder = join(baseline.cache, 'inclusions');
      for (const name of await readdir(folder)) {
        const text = await readFile(join(folder, name), 'utf8');
        await writeFile(join(folder, name), text.replace('rt.c', 'xx.c'));
      }
      assert.equal((await sourceInclusions(baseline)).length, first.length + 1);
    }));
  it('are collected anew for another baseline', () =>
    withFakeTree(FILES, [], async (tree) => {
      const { baseline } = tree;
      const first = await sourceInclusions(baseline);
      await tree.write('lib/late.c', '#include "x.c"\n');
      assert.equal((await sourceInclusions({ ...baseline, digest: 'other' })).length, first.length + 1);
    }));
  it('are none in a tree without any', () =>
    withFakeTree({ 'a.c': '' }, [], async ({ baseline }) => {
      assert.deepEqual(await sourceInclusions(baseline), []);
    }));
  it('of a header are found by its name', () =>
    withFakeTree(FILES, [], async ({ baseline }) => {
      assert.deepEqual(await headerInclusions(baseline.tree, 'lib/sources.h'), [
        { file: 'lib/use.c', spelled: 'sources.h' },
      ]);
    }));
  it('of a text are found too', () => {
    assert.deepEqual(inclusionsIn('a.c', '#include "x.h"\n#include "y.c"\nint z;\n'), [
      { file: 'a.c', spelled: 'y.c' },
    ]);
  });
});

describe('the includers of a file', () => {
  const none = (_path: string): boolean => false;
  const includers = (path: string, file: string, spelled: string, exists = none): string[] =>
    includersOf(path, [{ file, spelled }], exists);

  it('are found beside it, above it and by a way up', () => {
    assert.deepEqual(includers('a/b.c', 'a/c.c', 'b.c'), ['a/c.c']);
    assert.deepEqual(includers('a/b/c.c', 'a/d.c', 'b/c.c'), ['a/d.c']);
    assert.deepEqual(includers('x/b.c', 'a/c.c', '../x/b.c'), ['a/c.c']);
  });
  it('are found by an -I folder when nothing of that name is beside them', () => {
    assert.deepEqual(includers('lib/x/b.c', 'a/c.c', 'x/b.c'), ['a/c.c']);
    assert.deepEqual(includers('lib/x/b.c', 'a/c.c', '../x/b.c'), ['a/c.c']);
    assert.deepEqual(
      includers('lib/x/b.c', 'a/c.c', 'x/b.c', (path) => path === 'a/x/b.c'),
      [],
    );
  });
  it('are not those of a file whose name ends alike, nor the file itself', () => {
    assert.deepEqual(includers('lib/ab.c', 'a/c.c', 'b.c'), []);
    assert.deepEqual(
      includers('kernel/locking/qspinlock.c', 'kernel/locking/qspinlock.c', 'qspinlock.c'),
      [],
    );
  });
});
