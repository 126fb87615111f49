// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UptideError } from '@uptide/base';
import { findAffected } from '../src/affected/affected.ts';
import type { AffectedResult } from '../src/affected/model.ts';
import { failsLater } from './support/fails.ts';
import {
  addition,
  deletion,
  type FakeTree,
  fakeUnit,
  replacement,
  withFakeTree,
} from './support/fake-tree.ts';
import { gitDiff, parse } from './support/patches.ts';

const POLICY = '#include "rt.c"\n';
const FILES = {
  'fs/exec.c': 'one\ntwo\nthree\n',
  'fs/unused.c': 'u\n',
  'arch/arm64/kvm/arm.c': 'one\ntwo\nthree\n',
  'kernel/sched/policy.c': POLICY,
  'kernel/sched/rt.c': 'rt\n',
  'arch/x86/kernel/cpu.c': 'cpu\n',
  'lib/deep.c': 'deep\n',
  'lib/sources.h': '#include "deep.c"\n',
  'lib/user.c': '#include "sources.h"\n',
  'lib/mktables.c': 'host\n',
  'lib/Makefile': 'hostprogs += mktables\n',
  'lib/shared.c': 'shared\n',
  'arch/x86/boot/compressed/misc.c':
    '#include "../../../../lib/shared.c"\n#include "../../../../lib/stub.c"\n',
  'lib/stub.c': 'stub\n',
  'lib/apart.c': 'apart\n',
  MAINTAINERS: 'm\n',
};
const BUILT = ['fs/exec.c', 'kernel/sched/policy.c', 'arch/x86/kernel/cpu.c', 'lib/user.c', 'lib/shared.c'];

function withTree(work: (tree: FakeTree) => Promise<void>): Promise<void> {
  return withFakeTree(FILES, BUILT, work);
}

async function find(
  { baseline, workFolder }: FakeTree,
  ...texts: readonly string[]
): Promise<AffectedResult> {
  return await findAffected({ baseline, workFolder, patchSets: texts.map(parse) });
}

function units(result: AffectedResult): unknown[] {
  return result.units.map(({ unit, reason, changedSources }) => [unit.source, reason, changedSources]);
}

function findings(result: AffectedResult): string[] {
  return result.findings.map(({ code, verdict, place }) => `${verdict} ${code} ${place.file}`);
}

const change = (path: keyof typeof FILES): string => replacement(path, FILES[path], 'changed\n');

describe('the units that a patch affects', () => {
  it('are those of the changed sources, sorted, with the content after all patches', () =>
    withTree(async (tree) => {
      const result = await find(tree, gitDiff(), change('arch/x86/kernel/cpu.c'));
      assert.deepEqual(units(result), [
        ['arch/x86/kernel/cpu.c', 'source', ['arch/x86/kernel/cpu.c']],
        ['fs/exec.c', 'source', ['fs/exec.c']],
      ]);
      assert.deepEqual(
        [...result.postFiles].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
        [
          ['arch/x86/kernel/cpu.c', 'changed\n'],
          ['fs/exec.c', 'one\nTWO\nthree\n'],
        ],
      );
      assert.deepEqual(result.findings, []);
      assert.deepEqual(result.units[0]?.owners, ['vmlinux']);
    }));
  it('are those that include a changed file', () =>
    withTree(async (tree) => {
      assert.deepEqual(units(await find(tree, change('kernel/sched/rt.c'))), [
        ['kernel/sched/policy.c', 'includes', ['kernel/sched/rt.c']],
      ]);
    }));
  it('are found through a header that includes a changed file', () =>
    withTree(async (tree) => {
      assert.deepEqual(units(await find(tree, change('lib/deep.c'))), [
        ['lib/user.c', 'includes', ['lib/deep.c']],
      ]);
    }));
  it('are affected once, by their source and by what they include', () =>
    withTree(async (tree) => {
      const text =
        replacement('kernel/sched/policy.c', POLICY, `${POLICY}int x;\n`) + change('kernel/sched/rt.c');
      assert.deepEqual(units(await find(tree, text)), [
        ['kernel/sched/policy.c', 'source', ['kernel/sched/policy.c', 'kernel/sched/rt.c']],
      ]);
    }));
  it('take in a new file that one of them includes', () =>
    withTree(async (tree) => {
      const include = replacement('kernel/sched/policy.c', POLICY, `${POLICY}#include "new.c"\n`);
      const result = await find(tree, include + addition('kernel/sched/new.c', 'int x;\n'));
      assert.deepEqual(units(result), [
        ['kernel/sched/policy.c', 'source', ['kernel/sched/new.c', 'kernel/sched/policy.c']],
      ]);
    }));
  it('come with what was passed over', () =>
    withTree(async (tree) => {
      const result = await find(tree, gitDiff() + change('MAINTAINERS') + change('fs/unused.c'));
      assert.deepEqual(findings(result), ['ok PATCH_NO_CODE MAINTAINERS', 'ok PATCH_NOT_BUILT fs/unused.c']);
      assert.deepEqual(result.ignored, ['MAINTAINERS']);
      assert.equal(result.units.length, 1);
    }));
  it('may be compiled into the boot stub as well, which a person must know', () =>
    withTree(async (tree) => {
      const result = await find(tree, change('lib/shared.c'));
      assert.deepEqual(findings(result), ['review PATCH_OTHER_IMAGE lib/shared.c']);
      assert.equal(result.units.length, 1);
    }));
  it('are none of a file that the patches leave as it was', () =>
    withTree(async (tree) => {
      const back = replacement('fs/exec.c', 'one\nTWO\nthree\n', FILES['fs/exec.c']);
      const result = await find(tree, gitDiff(), back, change('lib/shared.c'));
      assert.ok(findings(result).includes('ok PATCH_NO_CHANGE fs/exec.c'));
      assert.deepEqual([...result.postFiles.keys()], ['lib/shared.c']);
    }));
});

describe('a patch is refused by a finding', () => {
  const refusals = async (tree: FakeTree, ...texts: readonly string[]): Promise<string[]> => {
    const result = await find(tree, ...texts);
    assert.deepEqual(result.units, []);
    return findings(result);
  };
  it('when the policy says so, before anything is applied', () =>
    withTree(async (tree) => {
      assert.deepEqual(await refusals(tree, gitDiff('fs/none.S')), ['refuse PATCH_ASSEMBLY a.patch']);
    }));
  it('when it adds a file that nothing includes', () =>
    withTree(async (tree) => {
      assert.deepEqual(await refusals(tree, gitDiff() + addition('fs/new.c', 'x\n')), [
        'refuse PATCH_NEW_FILE fs/new.c',
      ]);
    }));
  it('when it deletes or renames a source of the kernel', () =>
    withTree(async (tree) => {
      assert.deepEqual(await refusals(tree, deletion('kernel/sched/rt.c', 'rt\n')), [
        'refuse PATCH_FILE_REMOVED kernel/sched/rt.c',
      ]);
      const rename =
        'diff --git a/fs/exec.c b/fs/run.c\nsimilarity index 100%\nrename from fs/exec.c\nrename to fs/run.c\n';
      assert.deepEqual(await refusals(tree, rename), [
        'refuse PATCH_FILE_REMOVED fs/exec.c',
        'refuse PATCH_NEW_FILE fs/run.c',
      ]);
    }));
  it('when it changes a program that the build runs', () =>
    withTree(async (tree) => {
      assert.deepEqual(await refusals(tree, change('lib/mktables.c')), [
        'refuse PATCH_RUNS_ON_MAKER lib/mktables.c',
      ]);
    }));
  it('when it changes what is in the boot stub alone', () =>
    withTree(async (tree) => {
      assert.deepEqual(await refusals(tree, change('lib/stub.c')), ['refuse PATCH_OTHER_IMAGE lib/stub.c']);
    }));
  it('when it changes a unit that is linked into nothing of the kernel', () =>
    withTree(async (tree) => {
      tree.units.set('lib/apart.c', { ...fakeUnit('lib/apart.c'), owners: [], outside: 'linked elsewhere' });
      assert.deepEqual(await refusals(tree, change('lib/apart.c')), ['refuse PATCH_OTHER_IMAGE lib/apart.c']);
    }));
});

describe('a patch that changes nothing of this kernel ends', () => {
  const ends = async (
    code: 'PATCH_NOT_BUILT' | 'PATCH_NO_CODE' | 'PATCH_NO_CHANGE',
    ...texts: readonly string[]
  ): Promise<void> =>
    withTree(async (tree) => {
      const error = await failsLater(code, () => find(tree, ...texts));
      assert.ok(error instanceof UptideError);
      assert.equal(error.exitStatus, 5);
    });
  it('when its source is not built', () => ends('PATCH_NOT_BUILT', change('fs/unused.c')));
  it('when its source is that of another architecture', () =>
    ends('PATCH_NOT_BUILT', gitDiff('arch/arm64/kvm/arm.c')));
  it('when it changes documentation alone', () => ends('PATCH_NO_CODE', change('MAINTAINERS')));
  it('when the patches take each other back', () =>
    ends('PATCH_NO_CHANGE', gitDiff(), replacement('fs/exec.c', 'one\nTWO\nthree\n', FILES['fs/exec.c'])));
  it('when it deletes what is not built', () => ends('PATCH_NOT_BUILT', deletion('fs/unused.c', 'u\n')));
});
