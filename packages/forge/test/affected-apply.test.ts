// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type AppliedPatches, applyPatches } from '../src/affected/apply.ts';
import { fails, failsLater } from './support/fails.ts';
import { addition, deletion, type FakeTree, replacement, withFakeTree } from './support/fake-tree.ts';
import { gitDiff, mail, parse } from './support/patches.ts';

const TEXT = 'one\ntwo\nthree\n';
const FILES = { 'fs/exec.c': TEXT, 'fs/open.c': 'open\n' };

function withTree(work: (tree: FakeTree) => Promise<void>): Promise<void> {
  return withFakeTree(FILES, ['fs/exec.c'], work);
}

async function apply(tree: FakeTree, ...texts: readonly string[]): Promise<AppliedPatches> {
  const patches = texts.flatMap((text) => parse(text).patches);
  return await applyPatches(patches, { tree: tree.baseline.tree, workFolder: tree.workFolder });
}

function content(applied: AppliedPatches, path: string): string | undefined {
  const bytes = applied.files.get(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

describe('applying patches', () => {
  it('gives the new content and leaves the tree and the work folder as they were', () =>
    withTree(async (tree) => {
      assert.equal(content(await apply(tree, gitDiff()), 'fs/exec.c'), 'one\nTWO\nthree\n');
      assert.equal(await readFile(join(tree.baseline.tree, 'fs/exec.c'), 'utf8'), TEXT);
      assert.deepEqual(await readdir(tree.workFolder), []);
    }));
  it('stacks patches in order, over files and mails', () =>
    withTree(async (tree) => {
      const second = replacement('fs/exec.c', 'one\nTWO\nthree\n', 'done\n');
      const third = replacement('fs/exec.c', 'done\n', 'more\n');
      assert.equal(content(await apply(tree, gitDiff(), mail(second) + mail(third)), 'fs/exec.c'), 'more\n');
      await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, second, gitDiff()));
    }));
  it('applies two changes of one file in one patch', () =>
    withTree(async (tree) => {
      const text = gitDiff() + replacement('fs/exec.c', 'one\nTWO\nthree\n', 'done\n');
      assert.equal(content(await apply(tree, text), 'fs/exec.c'), 'done\n');
    }));
  it('adds, deletes, renames and copies files', () =>
    withTree(async (tree) => {
      const rename =
        'diff --git a/fs/open.c b/fs/close.c\nsimilarity index 100%\nrename from fs/open.c\nrename to fs/close.c\n';
      const copy =
        'diff --git a/fs/new.c b/fs/two.c\nsimilarity index 100%\ncopy from fs/new.c\ncopy to fs/two.c\n';
      const applied = await apply(
        tree,
        addition('fs/new.c', 'new\n') + deletion('fs/exec.c', TEXT) + rename,
        copy,
      );
      assert.deepEqual(
        [...applied.files.keys()].map((path) => [path, content(applied, path)]),
        [
          ['fs/close.c', 'open\n'],
          ['fs/exec.c', undefined],
          ['fs/new.c', 'new\n'],
          ['fs/open.c', undefined],
          ['fs/two.c', 'new\n'],
        ],
      );
    }));
  it('applies a plain diff with prose around it', () =>
    withTree(async (tree) => {
      const plain = gitDiff().split('\n').slice(2).join('\n');
      assert.equal(content(await apply(tree, `words\n${plain}\nwords\n`), 'fs/exec.c'), 'one\nTWO\nthree\n');
    }));
  it('applies an encoded mail', () =>
    withTree(async (tree) => {
      const encoded = mail(Buffer.from(gitDiff()).toString('base64'), ['Content-Transfer-Encoding: base64'])
        .replace(/This fixes[\s\S]*\n\n(?=[A-Za-z0-9])/, '')
        .replace(/-- \n[\s\S]*/, '');
      assert.equal(content(await apply(tree, encoded), 'fs/exec.c'), 'one\nTWO\nthree\n');
    }));
  it('says when a hunk fits some lines off', () =>
    withFakeTree({ 'fs/exec.c': `zero\nzero\n${TEXT}four\n` }, [], async (tree) => {
      const { notes } = await apply(tree, gitDiff().replace('@@ -1,3 +1,3', '@@ -2,3 +2,3'));
      assert.equal(notes.length, 1);
      assert.match(notes[0] ?? '', /hunk 1 of fs\/exec\.c fits at line 3 \(offset 1 line\)/);
    }));
  it('uses no settings of the caller and no repository around the work folder', () =>
    withTree(async (tree) => {
      // A repository around it would make git apply skip every file outside the present folder, without a word.
      await mkdir(join(tree.workFolder, '.git/objects'), { recursive: true });
      await mkdir(join(tree.workFolder, '.git/refs'));
      await writeFile(join(tree.workFolder, '.git/HEAD'), 'ref: refs/heads/main\n');
      await writeFile(join(tree.workFolder, '.git/config'), '[core]\n\tautocrlf = true\n');
      assert.equal(content(await apply(tree, gitDiff()), 'fs/exec.c'), 'one\nTWO\nthree\n');
    }));
});

describe('a patch that does not apply is refused', () => {
  it('with file, hunk, line of the patch and the nearest place', () =>
    withFakeTree({ 'fs/exec.c': 'a\nb\none\n2\nthree\n' }, [], async (tree) => {
      const error = await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, gitDiff()));
      assert.equal(error.place.line, 5);
      assert.match(
        error.message,
        /fs\/exec\.c: hunk 1 .*nearest place is line 3 with 2 of 3 lines equal: at line 4 .*"two".*"2"/,
      );
    }));
  it('with the number of the hunk, and with its words as UTF-8', () =>
    withFakeTree({ 'fs/exec.c': `${TEXT}four\nfünf\nsix\nseven\n` }, [], async (tree) => {
      const text = `${gitDiff()}@@ -4,3 +4,2 @@\n four\n-fuenf\n six\n`;
      const error = await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, text));
      assert.match(error.message, /hunk 2 \(line 4\).*expects "fuenf" and the file has "fünf"/);
      assert.equal(error.place.line, 10);
    }));
  it('when a folder stands in the place of a file, or a file in the place of a folder', () =>
    withTree(async (tree) => {
      await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, gitDiff('fs')));
      await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, gitDiff('fs/exec.c/x.c')));
    }));
  it('with all files that do not fit', () =>
    withFakeTree({ 'fs/a.c': 'x\n', 'fs/b.c': 'x\n' }, [], async (tree) => {
      const error = await failsLater('PATCH_DOES_NOT_APPLY', () =>
        apply(tree, gitDiff('fs/a.c') + gitDiff('fs/b.c')),
      );
      assert.match(error.message, /fs\/a\.c.*fs\/b\.c/);
    }));
  it('when its lines stand elsewhere and it belongs at the end of the file', () =>
    withFakeTree({ 'fs/exec.c': `${TEXT}four\n` }, [], async (tree) => {
      const atEnd = replacement('fs/exec.c', TEXT, 'x\n').replace('-1,3 +1,1', '-2,3 +2,1');
      const error = await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, atEnd));
      assert.match(error.message, /stand at line 1, but/);
    }));
  it('when it was applied before', () =>
    withFakeTree({ 'fs/exec.c': 'one\nTWO\nthree\n' }, [], async (tree) => {
      const error = await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, gitDiff()));
      assert.match(error.message, /already holds/);
    }));
  it('when only the white space or the context differs: there is no fuzz', () =>
    withFakeTree({ 'fs/exec.c': 'one\ntwo\n three\n' }, [], async (tree) => {
      await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, gitDiff()));
    }));
  it('when its file is not there', () =>
    withTree(async (tree) => {
      const error = await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, gitDiff('fs/none.c')));
      assert.match(error.message, /fs\/none\.c/);
    }));
  it('when the file that it adds is there', () =>
    withTree(async (tree) => {
      await failsLater('PATCH_DOES_NOT_APPLY', () => apply(tree, addition('fs/open.c', 'x\n')));
    }));
  it('when its names lack the first folder', () =>
    withTree(async (tree) => {
      const bare = gitDiff()
        .replace('a/fs/exec.c b/fs/exec.c', 'fs/exec.c fs/exec.c')
        .replace('a/fs', 'fs')
        .replace('b/fs', 'fs');
      await failsLater('PATCH_NOT_P1', () => apply(tree, bare));
    }));
});

describe('a patch that reaches through a link is refused', () => {
  it('when the file is a link', () =>
    withTree(async (tree) => {
      await symlink('/etc/passwd', join(tree.baseline.tree, 'fs/link.c'));
      await failsLater('PATCH_SYMLINK', () => apply(tree, gitDiff('fs/link.c')));
    }));
  it('when a folder on the way is a link', () =>
    withTree(async (tree) => {
      await symlink('fs', join(tree.baseline.tree, 'alias'));
      await failsLater('PATCH_SYMLINK', () => apply(tree, gitDiff('alias/exec.c')));
      await failsLater('PATCH_SYMLINK', () => apply(tree, addition('alias/new.c', 'x\n')));
    }));
});

describe('a patch that git reads otherwise is refused', () => {
  it('when git would touch another file', () =>
    withTree(async (tree) => {
      const [patch] = parse(gitDiff()).patches;
      assert.ok(patch);
      const forged = {
        ...patch,
        text: Buffer.from(gitDiff() + replacement('fs/open.c', 'open\n', 'shut\n')),
      };
      const options = { tree: tree.baseline.tree, workFolder: tree.workFolder };
      // The second file was not copied, so git does not find it.
      await failsLater('PATCH_DOES_NOT_APPLY', () => applyPatches([forged], options));
      const added = { ...patch, text: Buffer.from(gitDiff() + addition('fs/hidden.c', 'x\n')) };
      await failsLater('PATCH_AMBIGUOUS', () => applyPatches([added], options));
      const counts = { ...patch, changes: patch.changes.map((change) => ({ ...change, added: 7 })) };
      await failsLater('PATCH_AMBIGUOUS', () => applyPatches([counts], options));
    }));
  it('when git does not read it at all', () =>
    withTree(async (tree) => {
      const [patch] = parse(gitDiff()).patches;
      assert.ok(patch);
      const broken = { ...patch, text: Buffer.from(gitDiff().replace(' three\n', '')) };
      const options = { tree: tree.baseline.tree, workFolder: tree.workFolder };
      await failsLater('PATCH_MALFORMED', () => applyPatches([broken], options));
    }));
  it('before git sees it, when its text is hostile', () => {
    fails('PATCH_BAD_PATH', () => parse(gitDiff('../exec.c')));
  });
});
