// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Code, type Finding, UptideError } from '@uptide/base';
import { describeExamination, examinationToJson, judgeExamination } from '../src/glue/examination.ts';
import { parseReview } from '../src/review/file.ts';
import { findingDigest, nameFindings, patchesDigests } from '../src/review/identity.ts';
import { reviewCommandLine } from '../src/review/make.ts';
import type { Answer, NamedFinding } from '../src/review/model.ts';
import { readAnswers, saveAnswer, signerName } from '../src/review/open.ts';
import { reviewInput } from '../src/review/run.ts';
import { withFolder } from './support/corpus.ts';

const KERNEL = { release: '6.1.0-50-amd64', buildId: 'c0ffee'.repeat(6) };

function found(changes: Partial<Finding> = {}): Finding {
  return {
    code: 'EXAMINE_LOCKS_CHANGED',
    verdict: 'review',
    place: { file: 'fs/a.c', symbol: 'f' },
    reason: 'mutex_lock (1 before, 2 after)',
    remedy: 'look',
    ...changes,
  };
}

function one(changes: Partial<Finding> = {}): NamedFinding {
  const [named] = nameFindings([found(changes)]);
  assert.ok(named);
  return named;
}

async function code(work: () => unknown): Promise<Code | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UptideError) return error.code;
    throw error;
  }
}

const ANSWER: Answer = {
  id: one().id,
  code: 'EXAMINE_LOCKS_CHANGED',
  kernel: KERNEL.release,
  patches: 'ab'.repeat(32),
  finding: 'cd'.repeat(32),
  name: 'A Maker',
  reason: 'the lock is taken last',
  date: '2026-11-23',
};

describe('answers on disk', () => {
  const kernel = KERNEL;
  it('are none where there is no file', async () => {
    await withFolder(async (folder) => {
      const [patch] = await readAnswers(kernel, [{ path: join(folder, 'a.patch'), bytes: Buffer.from('') }]);
      assert.deepEqual(patch?.answers, []);
    });
  });
  it('are all kept when several are saved at once', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'a.patch.review.json');
      const answers = Array.from({ length: 5 }, (_, n) => ({ ...ANSWER, id: `${n}`.repeat(12) }));
      await Promise.all(answers.map((answer) => saveAnswer(file, answer)));
      assert.deepEqual(
        parseReview(await readFile(file), file).map(({ id }) => id),
        answers.map(({ id }) => id),
      );
      assert.deepEqual(await readdir(folder), ['a.patch.review.json']);
    });
  });
  it('are not written over a file that cannot be read', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'a.patch.review.json');
      await writeFile(file, '{');
      assert.equal(await code(() => saveAnswer(file, ANSWER)), 'REVIEW_FILE_INVALID');
      assert.equal(await readFile(file, 'utf8'), '{');
    });
  });
  it('are not read from a folder', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'a.patch.review.json'));
      const work = () => readAnswers(kernel, [{ path: join(folder, 'a.patch'), bytes: Buffer.from('') }]);
      assert.equal(await code(work), 'FILE_UNREADABLE');
    });
  });
  it('are signed with the name that is said', async () => {
    assert.equal(await signerName(' A Maker ', '/'), 'A Maker');
    assert.equal(await code(() => signerName('', '/')), 'REVIEW_BAD_WORDS');
  });
});

describe('what is reviewed', () => {
  const NOTHING = { accept: [] };
  it('is one list of patch files', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'a.patch');
      await writeFile(path, 'text');
      const input = await reviewInput([path], { ...NOTHING, kernel: KERNEL.release });
      assert.deepEqual(
        input.lists.map(({ level, patches }) => [level, patches.map((patch) => patch.path)]),
        [[undefined, [path]]],
      );
    });
  });
  it('is a list for each level of a series', async () => {
    await withFolder(async (folder) => {
      const text =
        'schema: 1\nkernel: 6.1.0-50-amd64\nentries:\n  - {id: a, title: t, patches: [a.patch]}\n  - {id: b, title: t, patches: [b.patch]}\n';
      await writeFile(join(folder, 'series.yaml'), text);
      for (const name of ['a.patch', 'b.patch']) await writeFile(join(folder, name), name);
      const { kernel: release, lists } = await reviewInput([folder], NOTHING);
      assert.equal(release, KERNEL.release);
      assert.deepEqual(
        lists.map(({ patches }) => patches.map(({ path }) => path)),
        [[join(folder, 'a.patch')], [join(folder, 'a.patch'), join(folder, 'b.patch')]],
      );
      for (const options of [{ kernel: '6.12.1-amd64' }, { level: 3 }]) {
        assert.equal(await code(() => reviewInput([folder], { ...NOTHING, ...options })), 'USAGE');
      }
    });
  });
  it('is told in a command line that a shell reads', () => {
    assert.equal(
      reviewCommandLine(["it's a.patch", 'b.patch'], KERNEL.release),
      "uptide review 'it'\\''s a.patch' b.patch --kernel 6.1.0-50-amd64",
    );
  });
});

describe('an examination', () => {
  it('says who signed off, to programs, and repeats to people only what is left', async () => {
    await withFolder(async (folder) => {
      const patches = [{ path: join(folder, 'a.patch'), bytes: Buffer.from('a') }];
      const findings = nameFindings([found(), found({ reason: 'other' })]);
      const [first, second] = findings;
      assert.ok(first !== undefined && second !== undefined);
      const [digest = ''] = patchesDigests(KERNEL, [Buffer.from('a')]);
      const answer = { ...ANSWER, id: first.id, patches: digest, finding: findingDigest(first) };
      await saveAnswer(join(folder, 'a.patch.review.json'), answer);
      const judged = await judgeExamination(KERNEL, patches, { verdict: 'examined', findings, notes: [] });
      const text = describeExamination(judged);
      assert.ok(text.includes(second.id) && !text.includes(first.id));
      assert.match(text, /signed off: 1 of 2 findings$/);
      const said = JSON.parse(JSON.stringify(examinationToJson(judged)));
      assert.deepEqual(
        said.findings.map((each: { signedOff?: { name: string } }) => each.signedOff?.name),
        ['A Maker', undefined],
      );
    });
  });
});
