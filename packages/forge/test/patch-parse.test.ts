// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileChange } from '../src/patch/model.ts';
import { gitDiff, HUNK, parse } from './support/patches.ts';

/** The parts of a change that say what happens to which file. */
function gist(change: FileChange | undefined): unknown {
  if (change === undefined) return undefined;
  const { kind, oldPath, newPath, oldMode, newMode, binary, added, removed } = change;
  return { kind, oldPath, newPath, oldMode, newMode, binary, added, removed, hunks: change.hunks.length };
}

function only(text: string): unknown {
  const [patch, ...others] = parse(text).patches;
  assert.equal(others.length, 0);
  assert.equal(patch?.changes.length, 1);
  return gist(patch?.changes[0]);
}

const MODIFIED = {
  kind: 'modified',
  oldPath: 'fs/exec.c',
  newPath: 'fs/exec.c',
  oldMode: undefined,
  newMode: undefined,
  binary: false,
  added: 1,
  removed: 1,
  hunks: 1,
};
const WITH_MODE = { ...MODIFIED, oldMode: '100644', newMode: '100644' };

describe('a change in a patch file', () => {
  it('is read from a git diff', () => assert.deepEqual(only(gitDiff()), WITH_MODE));
  it('is read from a plain diff', () => {
    assert.deepEqual(only(`--- a/fs/exec.c\n+++ b/fs/exec.c\n${HUNK}`), MODIFIED);
  });
  it('is read from a plain diff with time stamps and other folder names', () => {
    const text = `--- linux-6.1.orig/fs/exec.c\t2026-11-01 10:00:00.000000000 +0100\n+++ linux-6.1/fs/exec.c\t2026-11-02 10:00:00.000000000 +0100\n${HUNK}`;
    assert.deepEqual(only(`diff -ruN linux-6.1.orig/fs/exec.c linux-6.1/fs/exec.c\n${text}`), MODIFIED);
  });
  it('is read from a plain diff against a backup file', () => {
    assert.deepEqual(only(`--- a/fs/exec.c.orig\n+++ a/fs/exec.c\n${HUNK}`), MODIFIED);
  });
  it('may be the first of many, with prose before, between and after', () => {
    const { patches } = parse(`Some words.\n\n${gitDiff('a.c')}\nmore\n${gitDiff('b.c')}\nlast\n`);
    assert.deepEqual(
      patches[0]?.changes.map(({ newPath }) => newPath),
      ['a.c', 'b.c'],
    );
    assert.equal(patches[0]?.header, 'Some words.\n');
  });
  it('may be an added file', () => {
    const text =
      'diff --git a/fs/new.c b/fs/new.c\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/fs/new.c\n@@ -0,0 +1,2 @@\n+a\n+b\n';
    const expected = {
      ...MODIFIED,
      kind: 'added',
      oldPath: undefined,
      newPath: 'fs/new.c',
      newMode: '100644',
      added: 2,
      removed: 0,
    };
    assert.deepEqual(only(text), expected);
  });
  it('may be an added empty file', () => {
    const text = 'diff --git a/fs/new.c b/fs/new.c\nnew file mode 100644\nindex 0000000..e69de29\n';
    const expected = {
      ...MODIFIED,
      kind: 'added',
      oldPath: undefined,
      newPath: 'fs/new.c',
      newMode: '100644',
      added: 0,
      removed: 0,
      hunks: 0,
    };
    assert.deepEqual(only(text), expected);
  });
  it('may be a deleted file', () => {
    const text =
      'diff --git a/fs/old.c b/fs/old.c\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/fs/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n';
    const expected = {
      ...MODIFIED,
      kind: 'deleted',
      oldPath: 'fs/old.c',
      newPath: undefined,
      oldMode: '100644',
      added: 0,
    };
    assert.deepEqual(only(text), expected);
  });
  it('may be an added or deleted file of a plain diff, by /dev/null or the time 0', () => {
    const added = { ...MODIFIED, kind: 'added', oldPath: undefined, removed: 0 };
    assert.deepEqual(only('--- /dev/null\n+++ b/fs/exec.c\n@@ -0,0 +1 @@\n+a\n'), added);
    const epoch = '1970-01-01 01:00:00.000000000 +0100';
    assert.deepEqual(
      only(`--- a/fs/exec.c\t${epoch}\n+++ b/fs/exec.c\t2026-11-02 10:00:00\n@@ -0,0 +1 @@\n+a\n`),
      added,
    );
    const deleted = { ...MODIFIED, kind: 'deleted', newPath: undefined, added: 0 };
    assert.deepEqual(
      only(`--- a/fs/exec.c\t2026-11-02 10:00:00\n+++ b/fs/exec.c\t${epoch}\n@@ -1 +0,0 @@\n-a\n`),
      deleted,
    );
  });
  it('may be a rename without and with a change', () => {
    const head = 'diff --git a/fs/a.c b/fs/b.c\nsimilarity index 90%\nrename from fs/a.c\nrename to fs/b.c\n';
    const renamed = { ...MODIFIED, kind: 'renamed', oldPath: 'fs/a.c', newPath: 'fs/b.c' };
    assert.deepEqual(only(head), { ...renamed, added: 0, removed: 0, hunks: 0 });
    assert.deepEqual(only(`${head}--- a/fs/a.c\n+++ b/fs/b.c\n${HUNK}`), renamed);
  });
  it('may be a copy', () => {
    const text = 'diff --git a/fs/a.c b/fs/b.c\nsimilarity index 100%\ncopy from fs/a.c\ncopy to fs/b.c\n';
    const expected = {
      ...MODIFIED,
      kind: 'copied',
      oldPath: 'fs/a.c',
      newPath: 'fs/b.c',
      added: 0,
      removed: 0,
      hunks: 0,
    };
    assert.deepEqual(only(text), expected);
  });
  it('may be a change of permissions alone', () => {
    const text = 'diff --git a/fs/exec.c b/fs/exec.c\nold mode 100644\nnew mode 100755\n';
    const expected = {
      ...MODIFIED,
      kind: 'mode',
      oldMode: '100644',
      newMode: '100755',
      added: 0,
      removed: 0,
      hunks: 0,
    };
    assert.deepEqual(only(text), expected);
  });
  it('may be binary, with and without its content', () => {
    const head = 'diff --git a/logo.bin b/logo.bin\nindex 1111111..2222222 100644\n';
    const binary = {
      ...WITH_MODE,
      oldPath: 'logo.bin',
      newPath: 'logo.bin',
      binary: true,
      added: 0,
      removed: 0,
      hunks: 0,
    };
    assert.deepEqual(only(`${head}Binary files a/logo.bin and b/logo.bin differ\n`), binary);
    assert.deepEqual(
      only(`${head}GIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\n\nliteral 0\nHcmV?d00001\n\n`),
      binary,
    );
  });
  it('may name its file as git quotes names', () => {
    const text = `diff --git "a/fs/\\303\\244 \\"x\\".c" "b/fs/\\303\\244 \\"x\\".c"\n--- "a/fs/\\303\\244 \\"x\\".c"\n+++ "b/fs/\\303\\244 \\"x\\".c"\n${HUNK}`;
    assert.deepEqual(only(text), { ...MODIFIED, oldPath: 'fs/ä "x".c', newPath: 'fs/ä "x".c' });
  });
  it('may name a file with spaces', () => {
    const text = 'diff --git a/fs/a b.c b/fs/a b.c\nold mode 100644\nnew mode 100755\n';
    assert.equal(parse(text).patches[0]?.changes[0]?.newPath, 'fs/a b.c');
  });
  it('keeps its hunks with numbers, counts and place', () => {
    const [patch] = parse(`words\n${gitDiff()}@@ -10 +10,2 @@ int f(void)\n same\n+more\n`).patches;
    assert.deepEqual(patch?.changes[0]?.hunks[1], {
      oldStart: 10,
      oldLines: 1,
      newStart: 10,
      newLines: 2,
      added: 1,
      removed: 0,
      line: 11,
      context: 'int f(void)',
      body: [' same', '+more'],
    });
  });
  it('may lack the line feed at the end of the file', () => {
    const text = gitDiff().replace(
      HUNK,
      '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n',
    );
    assert.deepEqual(only(text), WITH_MODE);
  });
  it('may have lost the space of its empty lines of context', () => {
    assert.deepEqual(only(gitDiff().replace(' one\n', '\n')), WITH_MODE);
  });
  it('keeps bytes that are not UTF-8', () => {
    const text = Buffer.concat([
      Buffer.from(gitDiff().replace('TWO', '')).subarray(0, -8),
      Buffer.from([0xe4, 0x0a]),
      Buffer.from(' three\n'),
    ]);
    const [patch] = parse(text).patches;
    assert.deepEqual(Buffer.from(patch?.text ?? []), text);
  });
  it('may delete lines that look like the end of a mail or the head of a diff', () => {
    const text = gitDiff().replace(HUNK, '@@ -1,3 +1,2 @@\n one\n--- \n---- a/x\n+++ b/x\n');
    assert.deepEqual(only(text), { ...WITH_MODE, removed: 2, added: 1 });
  });
});
