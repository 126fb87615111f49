// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ForgeCode } from '@uptide/base';
import {
  MAX_CHANGES,
  MAX_LINE_NUMBER,
  MAX_PATCH_BYTES,
  MAX_PATCHES,
  MAX_PATH_BYTES,
} from '../src/patch/bounds.ts';
import { fails } from './support/fails.ts';
import { gitDiff, HUNK, mail, parse } from './support/patches.ts';

const HEAD = gitDiff().replace(HUNK, '');

/** Every malformation with the code that names it. */
const MALFORMED: readonly (readonly [string, ForgeCode, string | Uint8Array])[] = [
  ['an empty file', 'PATCH_EMPTY', ''],
  ['prose alone', 'PATCH_EMPTY', 'Dear all,\n--- see below ---\n+++ and more\nnothing\n'],
  ['a cover letter alone', 'PATCH_EMPTY', mail('')],
  ['a NUL byte in the prose', 'PATCH_NUL_BYTE', `a\0b\n${gitDiff()}`],
  ['a NUL byte in a hunk', 'PATCH_NUL_BYTE', gitDiff().replace('TWO', 'T\0O')],
  ['carriage returns in all lines', 'PATCH_CRLF', gitDiff().replaceAll('\n', '\r\n')],
  [
    'carriage returns in a plain diff',
    'PATCH_CRLF',
    `--- a/fs/x.c\n+++ b/fs/x.c\n${HUNK}`.replaceAll('\n', '\r\n'),
  ],
  ['a carriage return in a hunk header', 'PATCH_CRLF', gitDiff().replace('function', 'function\r')],
  [
    'a combined diff',
    'PATCH_COMBINED',
    'diff --cc fs/exec.c\nindex 1,2..3\n--- a/fs/exec.c\n+++ b/fs/exec.c\n@@@ -1,3 -1,3 +1,3 @@@\n',
  ],
  ['a hunk without a file', 'PATCH_MALFORMED', `words\n${HUNK}`],
  ['a hunk header without numbers', 'PATCH_MALFORMED', `${HEAD}@@ -a,b +c,d @@\n`],
  ['a hunk that ends too early', 'PATCH_MALFORMED', gitDiff().replace(' three\n', '')],
  ['a hunk with a line too many', 'PATCH_MALFORMED', `${gitDiff()}+hidden\n`],
  ['a hunk with a deleted line too many', 'PATCH_MALFORMED', `${gitDiff()}-hidden\n`],
  ['a hunk with a line of context too many', 'PATCH_MALFORMED', `${gitDiff()} hidden\n`],
  [
    'a hunk with more old lines than its header says',
    'PATCH_MALFORMED',
    `${HEAD}@@ -1,1 +1,2 @@\n-a\n-b\n+c\n+d\n`,
  ],
  ['a hunk with a foreign line', 'PATCH_MALFORMED', gitDiff().replace('-two', '?two')],
  ['a hunk that changes nothing', 'PATCH_MALFORMED', `${HEAD}@@ -1,1 +1,1 @@\n same\n`],
  ['an empty hunk', 'PATCH_MALFORMED', `${HEAD}@@ -0,0 +0,0 @@\n`],
  ['a change without a hunk', 'PATCH_MALFORMED', HEAD],
  [
    'a mode that git does not have',
    'PATCH_MALFORMED',
    'diff --git a/x.c b/x.c\nold mode 100644\nnew mode 104755\n',
  ],
  ['a rename without its target', 'PATCH_MALFORMED', 'diff --git a/x.c b/y.c\nrename from x.c\n'],
  ['the target of a rename alone', 'PATCH_MALFORMED', 'diff --git a/x.c b/y.c\nrename to y.c\n'],
  [
    'a header that names no file',
    'PATCH_MALFORMED',
    'diff --git a/x.c b/y.c\nold mode 100644\nnew mode 100755\n',
  ],
  ['an old name without a new one', 'PATCH_MALFORMED', 'diff --git a/x.c b/x.c\n--- a/x.c\nwords\n'],
  [
    'a new file that is called modified',
    'PATCH_MALFORMED',
    'diff --git a/x.c b/x.c\nnew file mode 100644\n--- a/x.c\n+++ b/x.c\n@@ -0,0 +1 @@\n+a\n',
  ],
  ['two times /dev/null', 'PATCH_MALFORMED', '--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n'],
  ['a quoted name without an end', 'PATCH_MALFORMED', `--- "a/fs/x.c\n+++ b/fs/x.c\n${HUNK}`],
  ['a quoted name with an unknown escape', 'PATCH_MALFORMED', `--- "a/fs/\\x.c"\n+++ b/fs/x.c\n${HUNK}`],
  ['a file that diff -r found on one side', 'PATCH_MALFORMED', `${gitDiff()}Only in b/fs: new.c\n`],
  ['a binary file that diff found', 'PATCH_BINARY', `${gitDiff()}Binary files a/x and b/x differ\n`],
  ['names that differ without a rename', 'PATCH_NAMES_DIFFER', `--- a/fs/x.c\n+++ b/fs/y.c\n${HUNK}`],
  [
    'names that differ between the lines of a header',
    'PATCH_NAMES_DIFFER',
    gitDiff().replace('diff --git a/fs/exec.c b/fs/exec.c', 'diff --git a/fs/open.c b/fs/open.c'),
  ],
  [
    'names of a rename that differ',
    'PATCH_NAMES_DIFFER',
    `diff --git a/fs/a.c b/fs/b.c\nrename from fs/a.c\nrename to fs/b.c\n--- a/fs/c.c\n+++ b/fs/b.c\n${HUNK}`,
  ],
  ['a name without a folder', 'PATCH_NOT_P1', `--- exec.c\n+++ exec.c\n${HUNK}`],
  ['a path that goes up', 'PATCH_BAD_PATH', gitDiff('../exec.c')],
  ['a path that goes up inside', 'PATCH_BAD_PATH', gitDiff('fs/../../exec.c')],
  ['a path with a dot', 'PATCH_BAD_PATH', gitDiff('fs/./exec.c')],
  ['a path with an empty part', 'PATCH_BAD_PATH', gitDiff('fs//exec.c')],
  ['an absolute path', 'PATCH_BAD_PATH', `--- /etc/passwd\n+++ /etc/passwd\n${HUNK}`],
  ['an absolute path after the first folder', 'PATCH_BAD_PATH', gitDiff('/etc/passwd')],
  [
    'an absolute target of a rename',
    'PATCH_BAD_PATH',
    'diff --git a/x.c b/y.c\nrename from x.c\nrename to /etc/passwd\n',
  ],
  ['a path into a repository', 'PATCH_BAD_PATH', gitDiff('.git/hooks/pre-commit')],
  ['a path into a repository, in other letters', 'PATCH_BAD_PATH', gitDiff('fs/.GIT/config')],
  ['a path with a quoted NUL', 'PATCH_BAD_PATH', `--- "a/fs/\\000.c"\n+++ "b/fs/\\000.c"\n${HUNK}`],
  ['a path with a quoted line feed', 'PATCH_BAD_PATH', `--- "a/fs/\\n.c"\n+++ "b/fs/\\n.c"\n${HUNK}`],
  [
    'a path with a quoted way up',
    'PATCH_BAD_PATH',
    `--- "a/\\056\\056/x.c"\n+++ "b/\\056\\056/x.c"\n${HUNK}`,
  ],
  ['a path that is not UTF-8', 'PATCH_BAD_PATH', `--- "a/fs/\\344.c"\n+++ "b/fs/\\344.c"\n${HUNK}`],
  ['a path over the bound', 'PATCH_BAD_PATH', gitDiff(`${'d/'.repeat(MAX_PATH_BYTES / 2)}xx`)],
  ['a line number over the bound', 'PATCH_TOO_LARGE', `${HEAD}@@ -${MAX_LINE_NUMBER + 1} +1 @@\n-a\n+b\n`],
  ['a number of many digits', 'PATCH_MALFORMED', `${HEAD}@@ -${'9'.repeat(400)} +1 @@\n-a\n+b\n`],
  [
    'more files than the bound',
    'PATCH_TOO_LARGE',
    'diff --git a/x.c b/x.c\nold mode 100644\nnew mode 100755\n'.repeat(MAX_CHANGES + 1),
  ],
  ['more mails than the bound', 'PATCH_TOO_LARGE', mail(gitDiff()).repeat(MAX_PATCHES + 1)],
  ['a file over the bound', 'PATCH_TOO_LARGE', new Uint8Array(MAX_PATCH_BYTES + 1)],
  ['an attachment', 'PATCH_MAIL_ENCODING', mail(gitDiff(), ['Content-Type: multipart/mixed; boundary=x'])],
  ['an unknown encoding', 'PATCH_MAIL_ENCODING', mail(gitDiff(), ['Content-Transfer-Encoding: uuencode'])],
  ['damaged base64', 'PATCH_MAIL_ENCODING', mail('!!!', ['Content-Transfer-Encoding: base64'])],
  [
    'damaged quoted-printable',
    'PATCH_MAIL_ENCODING',
    mail(`${gitDiff()}=ZZ`, ['Content-Transfer-Encoding: quoted-printable']),
  ],
];

describe('a patch file is refused for', () => {
  for (const [what, code, text] of MALFORMED) {
    it(what, () => {
      const error = fails(code, () => parse(text));
      assert.equal(error.place.file, 'a.patch');
    });
  }
  it('a hidden line, with the line of the file', () => {
    const error = fails('PATCH_MALFORMED', () => parse(`one\ntwo\n${gitDiff()}+hidden\n`));
    assert.equal(error.place.line, 12);
  });
  it('a fault in the second mail, with the line of the whole file', () => {
    const first = mail(gitDiff());
    const second = mail(`${gitDiff()}+hidden\n`);
    const error = fails('PATCH_MALFORMED', () => parse(first + second));
    assert.equal((first + second).split('\n')[(error.place.line ?? 0) - 1], '+hidden');
  });
});
