// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findAffected } from '../src/affected/affected.ts';
import type { AffectedResult } from '../src/affected/model.ts';
import { sourceIndex } from '../src/affected/source-index.ts';
import { compileUnits } from '../src/compile/compile.ts';
import type { CompileResult } from '../src/compile/model.ts';
import { failsLater } from './support/fails.ts';
import {
  addition,
  deletion,
  type FakeTree,
  fakeUnit,
  replacement,
  withFakeTree,
} from './support/fake-tree.ts';
import { parse } from './support/patches.ts';

const QUEUE = `struct queue { int depth; };
struct other { int x; };
static inline int depth_of(struct queue *q) { return q->depth; }
static inline int unused(struct other *o) { return o->x; }
#define LIMIT 4
`;
const FILES = {
  'include/queue.h': QUEUE,
  'include/disk.h':
    '#include "queue.h"\nstruct disk { struct queue *own; };\n#define FULL(d) ((d)->own->depth > 3)\n',
  'include/alone.h': 'int alone(void);\n',
  'kernel/direct.c': '#include <queue.h>\nint direct(struct queue *q) { return depth_of(q); }\n',
  'kernel/through.c': '#include <disk.h>\nint through(struct disk *d) { return FULL(d); }\n',
  'kernel/other.c': '#include <disk.h>\nint other(struct other *o) { return unused(o); }\n',
  'kernel/limit.c': '#include <disk.h>\nint limit = LIMIT;\n',
  'kernel/none.c': 'int none(void) { return 1; }\n',
  'kernel/paste.c':
    '#include <queue.h>\n#define OF(n) n##_of\nint paste(struct queue *q) { return OF(depth)(q); }\n',
};
const BUILT = Object.keys(FILES).filter((path) => path.endsWith('.c'));

const withTree = (work: (tree: FakeTree) => Promise<void>): Promise<void> => withFakeTree(FILES, BUILT, work);

async function find(tree: FakeTree, ...texts: readonly string[]): Promise<AffectedResult> {
  const { baseline, workFolder } = tree;
  return await findAffected({ baseline, workFolder, patchSets: texts.map(parse) });
}

const change = (from: string, to: string): string =>
  replacement('include/queue.h', QUEUE, QUEUE.replace(from, to));
const sources = ({ units }: AffectedResult): string[] => units.map(({ unit }) => unit.source);

describe('the units that a changed header affects', () => {
  const CASES: readonly (readonly [what: string, patch: string, units: readonly string[]])[] = [
    [
      'use the changed function, also by a pasted name',
      change('q->depth;', 'q->depth + 1;'),
      ['direct', 'paste'],
    ],
    [
      'use the changed struct, also through others',
      change('int depth;', 'int a, depth;'),
      ['direct', 'paste', 'through'],
    ],
    ['use the changed macro', change('LIMIT 4', 'LIMIT 5'), ['limit']],
    [
      'are all that include it when nobody knows',
      `${change('LIMIT 4', 'LIMIT 4\n#include "alone.h"')}`,
      ['direct', 'limit', 'other', 'paste', 'through'],
    ],
    [
      'are none when only a comment changes',
      `${change('LIMIT 4', 'LIMIT /* four */ 4')}${replacement('kernel/none.c', FILES['kernel/none.c'], 'int none(void) { return 2; }\n')}`,
      ['none'],
    ],
  ];
  for (const [what, patch, units] of CASES) {
    it(what, () =>
      withTree(async (tree) => {
        const result = await find(tree, patch);
        assert.deepEqual(result.findings, []);
        assert.deepEqual(
          sources(result),
          units.map((name) => `kernel/${name}.c`),
        );
      }),
    );
  }
  it('are told with the headers', () =>
    withTree(async (tree) => {
      const { headers, notes } = await find(tree, change('LIMIT 4', 'LIMIT 5'));
      assert.deepEqual(headers, [
        { path: 'include/queue.h', including: 5, considered: 1, everything: undefined },
      ]);
      assert.equal(notes.length, 1);
    }));
  it('are all that included a header which is deleted, and none for a new one', () =>
    withTree(async (tree) => {
      const gone = await find(tree, deletion('include/disk.h', FILES['include/disk.h']));
      assert.deepEqual(sources(gone), ['kernel/limit.c', 'kernel/other.c', 'kernel/through.c']);
      assert.match(Buffer.from(gone.postFiles.get('include/disk.h') ?? '').toString(), /^#error /);
      await failsLater('PATCH_NOT_BUILT', () => find(tree, addition('include/new.h', 'int x;\n')));
    }));
  it('are those of the header whose place a new one takes', () =>
    withTree(async (tree) => {
      await tree.write('arch/x86/include/asm/a.h', 'int a(void);\n');
      await tree.write('kernel/asm.c', '#include "../arch/x86/include/asm/a.h"\n');
      tree.units.set('kernel/asm.c', fakeUnit('kernel/asm.c'));
      assert.deepEqual(sources(await find(tree, addition('include/asm/a.h', 'int a(int);\n'))), [
        'kernel/asm.c',
      ]);
    }));
  it('are none of a header that nobody includes', () =>
    withTree(async (tree) => {
      const patch = replacement('include/alone.h', FILES['include/alone.h'], 'int alone(int);\n');
      await failsLater('PATCH_NOT_BUILT', () => find(tree, patch));
    }));
  it('are none when a comment of a header is all that changes', () =>
    withTree(async (tree) => {
      const error = await failsLater('PATCH_NOT_BUILT', () => find(tree, change('LIMIT 4', 'LIMIT /* */ 4')));
      assert.match(error.message, /queue\.h/);
    }));
  it('are refused when they are too many, unless somebody wants them', () =>
    withTree(async (tree) => {
      const { baseline, workFolder } = tree;
      const patchSets = [parse(change('int depth;', 'int a, depth;'))];
      const asked: number[] = [];
      const found = (answer: boolean): Promise<AffectedResult> =>
        findAffected({
          baseline,
          workFolder,
          patchSets,
          maxUnits: 2,
          mayCompile: (units) => {
            asked.push(units);
            return Promise.resolve(answer);
          },
        });
      const refused = await found(false);
      assert.deepEqual(
        [refused.units.length, refused.findings.map(({ code, verdict }) => `${verdict} ${code}`)],
        [0, ['refuse PATCH_FAN_OUT']],
      );
      assert.equal((await found(true)).units.length, 3);
      assert.deepEqual(asked, [3, 3]);
    }));
  it('are refused with a generator of headers among them', () =>
    withTree(async (tree) => {
      await tree.write('kernel/bounds.c', '#include <queue.h>\nint b = sizeof(struct queue);\n');
      const { findings } = await find(tree, change('int depth;', 'int a, depth;'));
      assert.deepEqual(
        findings.map(({ code, verdict }) => `${verdict} ${code}`),
        ['refuse PATCH_GENERATOR'],
      );
      assert.deepEqual((await find(tree, change('LIMIT 4', 'LIMIT 5'))).findings, []);
    }));
});

describe('the index of sources', () => {
  it('is kept, and made anew when it is damaged or the baseline is another', () =>
    withTree(async (tree) => {
      const { baseline } = tree;
      const first = await sourceIndex(baseline, { generators: [] });
      await tree.write('kernel/none.c', '#include <alone.h>\n');
      assert.deepEqual(await sourceIndex(baseline, { generators: [] }), first);
      const other = await sourceIndex({ ...baseline, digest: 'other' }, { generators: [] });
      assert.equal(other.files.length, first.files.length + 1);
      const folder = join(baseline.cache, 'sources');
      for (const name of await readdir(folder)) {
        const bytes = await readFile(join(folder, name));
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        await writeFile(join(folder, name), bytes);
      }
      assert.equal((await sourceIndex(baseline, { generators: [] })).files.length, first.files.length + 1);
    }));
  it('follows -include, -I of single units, and macros that are paths', () =>
    withTree(async (tree) => {
      await tree.write('drivers/own/own.h', '#define NEXT <alone.h>\n#include NEXT\n');
      await tree.write('kernel/own.c', '#include "own.h"\n');
      tree.units.set(
        'kernel/own.c',
        fakeUnit('kernel/own.c', ['-I', 'drivers/own', '-include', 'include/disk.h']),
      );
      const { files, includes } = await sourceIndex(tree.baseline, { generators: [] });
      const of = (path: string): string[] =>
        (includes[files.indexOf(path)] ?? []).map((number) => files[number] ?? '');
      assert.deepEqual(of('kernel/own.c'), ['include/disk.h', 'drivers/own/own.h']);
      assert.deepEqual(of('drivers/own/own.h'), ['include/alone.h']);
    }));
});

describe('units of a changed header, compiled', () => {
  const compile = async (tree: FakeTree, patch: string): Promise<CompileResult> => {
    const { baseline, workFolder } = tree;
    const { units, postFiles } = await find(tree, patch);
    return await compileUnits({ baseline, units, postFiles, workFolder });
  };
  it('are left out when they come out the same', () =>
    withTree(async (tree) => {
      const { units, unchanged } = await compile(tree, change('LIMIT 4', 'LIMIT 4\n#include "alone.h"'));
      assert.deepEqual([units.length, unchanged], [0, 5]);
    }));
  it('are those that differ', () =>
    withTree(async (tree) => {
      const { units, unchanged } = await compile(tree, change('LIMIT 4', 'LIMIT 5\n#include "alone.h"'));
      assert.deepEqual([units.map(({ unit }) => unit.source), unchanged], [['kernel/limit.c'], 4]);
    }));
  it('are refused when they are of no object of the kernel', () =>
    withTree(async (tree) => {
      const outside = { owners: [], outside: 'it is assembly' };
      tree.units.set('kernel/limit.c', { ...fakeUnit('kernel/limit.c'), ...outside });
      const { units, findings } = await compile(tree, change('LIMIT 4', 'LIMIT 5'));
      assert.deepEqual(
        [units.length, findings.map(({ code, verdict }) => `${verdict} ${code}`)],
        [0, ['refuse PATCH_OTHER_IMAGE']],
      );
    }));
  it('do not compile when one still includes a deleted header', () =>
    withTree(async (tree) => {
      await failsLater('COMPILE_FAILED', () =>
        compile(tree, deletion('include/disk.h', FILES['include/disk.h'])),
      );
    }));
});
