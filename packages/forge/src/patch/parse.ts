// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads patch files: what does a patch touch?
//
// The problem. A patch comes from a stranger, in a form that grew over forty years: prose, diffs of git and of
// diff(1), mails, mailboxes. Before anything is applied we must know every file that it touches, since the policy
// (policy.ts) decides by paths. Whether it applies is not decided here; only `git apply` decides that.
//
// The approach. The reader walks the lines once. A hunk is read by the counts of its header, as git does, so that
// the `-- ` which ends a mail of git format-patch is no deleted line. Prose between diffs is skipped, but only
// lines that cannot be part of a diff: a `@@` without a file, or a `+` right after a hunk whose counts are used
// up, means that the file is damaged or that somebody wants two readers to see two things.
//
//     diff --git a/fs/exec.c b/fs/exec.c      change begins; names may be all that there is (mode changes)
//     --- a/fs/exec.c                         names, once more
//     +++ b/fs/exec.c
//     @@ -10,2 +10,3 @@ function              2 lines of the old text and 3 of the new follow, then prose again
//
// What it does not do. It does not understand what git apply does with odd input better than git: affected/apply.ts
// asks git which files it would touch, and refuses when the two answers differ.
//
// Cost: one pass; 1.9 MB in some 20 ms.
import type { Place } from '@uptide/base';
import { ForgeError } from '../error.ts';
import { MAX_CHANGES, MAX_LINE_NUMBER, MAX_PATCH_BYTES } from './bounds.ts';
import { type GitHeader, readGitHeader, readPlainNames } from './header.ts';
import { splitMails } from './mail.ts';
import type { FileChange, Hunk, Patch, PatchSet } from './model.ts';

const HUNK_HEADER = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)/;

/**
 * Reads a patch file.
 *
 * @param bytes the whole file
 * @param source its name, for messages
 * @throws ForgeError one of the PATCH_ codes that the catalogue ends with `badInput`
 */
export function parsePatchSet(bytes: Uint8Array, source: string): PatchSet {
  const place = { file: source };
  if (bytes.length > MAX_PATCH_BYTES) {
    throw new ForgeError(
      'PATCH_TOO_LARGE',
      `${bytes.length} bytes, and at most ${MAX_PATCH_BYTES} are read`,
      {
        place,
      },
    );
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const patches: Patch[] = [];
  for (const piece of splitMails(text, source)) {
    const lines = new Lines(piece.text, source, piece.line);
    const { changes, headerEnd } = readChanges(lines);
    // A cover letter, or the empty text before the first mail.
    if (changes.length === 0) continue;
    const header = toText(piece.text.split('\n').slice(0, headerEnd).join('\n'));
    patches.push({
      source,
      title: piece.subject,
      header,
      cves: [...new Set(header.match(/\bCVE-\d{4}-\d{4,10}\b/g) ?? [])].sort(),
      changes,
      text: Buffer.from(piece.text, 'latin1'),
    });
  }
  if (patches.length === 0) throw new ForgeError('PATCH_EMPTY', 'there is no diff in it', { place });
  return { source, patches };
}

/** The lines of a piece with the present position. */
class Lines {
  readonly #lines: readonly string[];
  readonly #source: string;
  readonly #firstLine: number;
  at = 0;

  constructor(text: string, source: string, firstLine: number) {
    const nul = text.indexOf('\0');
    this.#lines = text.split('\n');
    // A text that ends with a line feed has no further line after it.
    if (this.#lines.at(-1) === '') this.#lines = this.#lines.slice(0, -1);
    this.#source = source;
    this.#firstLine = firstLine;
    if (nul !== -1) {
      this.at = text.slice(0, nul).split('\n').length - 1;
      this.fail('PATCH_NUL_BYTE', 'a byte of value 0');
    }
  }

  /** The line that is `ahead` lines after the present one; undefined after the end. */
  peek(ahead = 0): string | undefined {
    return this.#lines[this.at + ahead];
  }

  /** The number of the present line in the patch file, counted from 1. */
  get number(): number {
    return this.#firstLine + this.at;
  }

  get place(): Place {
    return { file: this.#source, line: this.number };
  }

  fail(
    code:
      | 'PATCH_NUL_BYTE'
      | 'PATCH_MALFORMED'
      | 'PATCH_CRLF'
      | 'PATCH_COMBINED'
      | 'PATCH_BINARY'
      | 'PATCH_TOO_LARGE',
    why: string,
  ): never {
    throw new ForgeError(code, why, { place: this.place });
  }
}

function readChanges(lines: Lines): { changes: FileChange[]; headerEnd: number } {
  const changes: FileChange[] = [];
  let headerEnd = 0;
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    const before = lines.at;
    const change = readChange(lines, line);
    if (change === undefined) {
      lines.at += 1;
      continue;
    }
    if (changes.length === 0) headerEnd = before;
    changes.push(change);
    if (changes.length > MAX_CHANGES) {
      lines.fail('PATCH_TOO_LARGE', `more than ${MAX_CHANGES} changed files`);
    }
  }
  return { changes, headerEnd };
}

/** Reads the change that begins at the present line; undefined when the line is prose. */
function readChange(lines: Lines, line: string): FileChange | undefined {
  if (line.startsWith('diff --git ')) {
    if (line.endsWith('\r')) lines.fail('PATCH_CRLF', 'a line of the diff ends with a carriage return');
    const start = lines.number;
    const header = readGitHeader(lines);
    return finish(header, start, lines);
  }
  if (line.startsWith('--- ') && lines.peek(1)?.startsWith('+++ ') === true) {
    if (line.endsWith('\r')) lines.fail('PATCH_CRLF', 'a line of the diff ends with a carriage return');
    const start = lines.number;
    // As git does: only with a hunk after them are these two lines a diff and not prose.
    if (lines.peek(2)?.startsWith('@@ ') !== true) return undefined;
    return finish(readPlainNames(lines), start, lines);
  }
  if (/^diff --(?:cc|combined) /.test(line)) lines.fail('PATCH_COMBINED', 'a combined diff');
  if (/^@@+ -\d/.test(line)) lines.fail('PATCH_MALFORMED', 'a hunk without a file before it');
  if (/^Binary files .* differ\r?$/.test(line)) {
    lines.fail('PATCH_BINARY', 'diff(1) found a binary file that differs, and wrote no content');
  }
  if (/^Only in .*: /.test(line)) {
    lines.fail(
      'PATCH_MALFORMED',
      'diff(1) found a file on one side alone, and wrote no content (it needs -N)',
    );
  }
  return undefined;
}

function finish(header: GitHeader, line: number, lines: Lines): FileChange {
  const hunks = header.binary ? [] : readHunks(lines);
  const { kind, oldPath, newPath, oldMode, newMode, binary } = header;
  if (kind === 'modified' && hunks.length === 0 && !binary) {
    if (oldMode === newMode) lines.fail('PATCH_MALFORMED', `the change of ${newPath ?? oldPath} has no hunk`);
    return { kind: 'mode', oldPath, newPath, oldMode, newMode, binary, hunks, added: 0, removed: 0, line };
  }
  const added = hunks.reduce((sum, hunk) => sum + hunk.added, 0);
  const removed = hunks.reduce((sum, hunk) => sum + hunk.removed, 0);
  return { kind, oldPath, newPath, oldMode, newMode, binary, hunks, added, removed, line };
}

function readHunks(lines: Lines): Hunk[] {
  const hunks: Hunk[] = [];
  for (let line = lines.peek(); line?.startsWith('@@ ') === true; line = lines.peek()) {
    hunks.push(readHunk(lines, line));
  }
  const next = lines.peek();
  const begins = next !== undefined && hunks.length > 0 && /^[-+ ]/.test(next);
  const plainHeader = next?.startsWith('--- ') === true && lines.peek(1)?.startsWith('+++ ') === true;
  // `-- ` ends a mail of git format-patch; some mailers cut its space off.
  if (begins && !plainHeader && next !== '-- ' && next !== '--') {
    lines.fail('PATCH_MALFORMED', 'the hunk goes on although the counts in its header are used up');
  }
  return hunks;
}

function readHunk(lines: Lines, header: string): Hunk {
  const line = lines.number;
  if (header.endsWith('\r')) lines.fail('PATCH_CRLF', 'a hunk header ends with a carriage return');
  const numbers = HUNK_HEADER.exec(header);
  if (numbers === null) return lines.fail('PATCH_MALFORMED', 'a hunk header that cannot be read');
  const number = (group: number): number => {
    const value = Number(numbers[group] ?? '1');
    if (value > MAX_LINE_NUMBER) lines.fail('PATCH_TOO_LARGE', `a line number over ${MAX_LINE_NUMBER}`);
    return value;
  };
  const [oldStart, oldLines, newStart, newLines] = [number(1), number(2), number(3), number(4)];
  const context = (numbers[5] ?? '').trim();
  lines.at += 1;
  const body: string[] = [];
  let oldLeft = oldLines;
  let newLeft = newLines;
  let added = 0;
  let removed = 0;
  const take = (text: string): void => {
    body.push(text);
    lines.at += 1;
  };
  while (oldLeft > 0 || newLeft > 0) {
    const text = lines.peek();
    if (text === undefined) return lines.fail('PATCH_MALFORMED', 'the patch ends inside a hunk');
    const mark = text.charAt(0);
    if (mark === ' ' || text === '') {
      // Mailers cut trailing spaces off, so that an empty line is an empty line of context; git reads it so too.
      oldLeft -= 1;
      newLeft -= 1;
    } else if (mark === '-') {
      oldLeft -= 1;
      removed += 1;
    } else if (mark === '+') {
      newLeft -= 1;
      added += 1;
    } else if (mark !== '\\') {
      lines.fail('PATCH_MALFORMED', 'a line of a hunk begins with none of space, +, - and \\');
    }
    if (oldLeft < 0 || newLeft < 0)
      lines.fail('PATCH_MALFORMED', 'the hunk and the counts in its header differ');
    take(text);
  }
  if (lines.peek()?.startsWith('\\ ') === true) take(lines.peek() ?? '');
  if (added === 0 && removed === 0) lines.fail('PATCH_MALFORMED', 'a hunk that changes nothing');
  return { oldStart, oldLines, newStart, newLines, added, removed, line, context, body };
}

/** Latin-1 that holds bytes, as the UTF-8 text that they are. */
function toText(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
