// SPDX-License-Identifier: GPL-2.0-or-later
import { ForgeError } from '../error.ts';
import { type Hunk, type Patch, pathOf } from '../patch/model.ts';
import { findNearMiss } from './near-miss.ts';

/** What git says of a patch that is no patch. */
const UNREADABLE = /corrupt|without header|lacks filename|unrecognized input|No valid patches|invalid path/i;
/** What git says of a hunk that does not fit, in three parts. */
const OF_A_HUNK = /^patch failed: |: patch does not apply$|^while searching for:/;

/**
 * Turns what git apply said into an error that names every file and hunk that does not fit.
 *
 * @param before the touched files before the patch, bytes as Latin-1
 * @throws ForgeError PATCH_DOES_NOT_APPLY, or PATCH_MALFORMED when git cannot read the patch
 */
export function explainFailure(patch: Patch, before: ReadonlyMap<string, string>, stderr: string): never {
  const words = stderr
    .split('\n')
    .filter((line) => /^(?:error|fatal): /.test(line))
    .map((line) => line.replace(/^(?:error|fatal): /, ''));
  const failed = words.flatMap((word) => {
    const [, path, line] = /^patch failed: (.*):(\d+)$/.exec(word) ?? [];
    return path === undefined ? [] : [{ path, line: Number(line) }];
  });
  const unreadable = words.find((word) => UNREADABLE.test(word));
  if (failed.length === 0 && unreadable !== undefined) {
    throw new ForgeError('PATCH_MALFORMED', `git: ${unreadable}`, { place: { file: patch.source } });
  }
  // What is no hunk: a file that is there already, or not there.
  const reasons = words.filter((word) => !OF_A_HUNK.test(word));
  let line: number | undefined;
  for (const { path, line: oldStart } of failed) {
    const hunks = patch.changes.filter(({ oldPath }) => oldPath === path).flatMap((change) => change.hunks);
    const index = hunks.findIndex((hunk) => hunk.oldStart === oldStart);
    line ??= hunks[index]?.line;
    reasons.push(describeMiss(path, hunks[index], index + 1, before.get(path) ?? ''));
  }
  throw new ForgeError('PATCH_DOES_NOT_APPLY', reasons.join('; ') || 'git apply gives no reason', {
    place: { file: patch.source, ...(line === undefined ? {} : { line }) },
  });
}

/** Why a hunk does not fit; `number` counts the hunks of its file from 1. */
function describeMiss(path: string, hunk: Hunk | undefined, number: number, file: string): string {
  if (hunk === undefined) return `${path} does not fit`;
  const what = `${path}: hunk ${number} (line ${hunk.oldStart}) does not fit`;
  const miss = findNearMiss(hunk, file);
  if (miss === undefined) return `${what}, nor does anything like it stand in the file`;
  if (miss.applied) return `${what}; the file already holds what it would make`;
  const { differs } = miss;
  if (differs === undefined) {
    return `${what}; its lines stand at line ${miss.line}, but it fits at the beginning or the end of the file alone`;
  }
  const found = differs.found === undefined ? 'the end of the file' : quote(differs.found);
  const where = `line ${miss.line} with ${miss.equal} of ${miss.expectedLines} lines equal`;
  return `${what}; the nearest place is ${where}: at line ${differs.line} the patch expects ${quote(differs.expected)} and the file has ${found}`;
}

/** A line, which holds bytes as Latin-1, for a message. */
function quote(line: string): string {
  return JSON.stringify(Buffer.from(line, 'latin1').toString('utf8'));
}

/**
 * Git's list of touched files and counts must be the one that the reader found: else the policy judged a patch
 * other than the one that was applied.
 */
export function compareWithGit(patch: Patch, output: Buffer): void {
  const name = (path: string, added: number | string, removed: number | string): string =>
    `${added}\t${removed}\t${path}`;
  const git = output
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .sort();
  const ours = patch.changes
    .map((change) =>
      change.binary ? name(pathOf(change), '-', '-') : name(pathOf(change), change.added, change.removed),
    )
    .sort();
  const difference =
    git.find((record, index) => record !== ours[index]) ??
    ours.find((record, index) => record !== git[index]);
  if (difference === undefined) return;
  throw new ForgeError(
    'PATCH_AMBIGUOUS',
    `git finds ${git.length} changed files, the reader ${ours.length}; the first difference is ${JSON.stringify(difference)}`,
    {
      place: { file: patch.source },
    },
  );
}

/** Remarks on hunks: git says of every one that it found at another line than the patch says. */
export function movedHunks(patch: Patch, stderr: string): string[] {
  const notes: string[] = [];
  let file = '';
  for (const line of stderr.split('\n')) {
    const checking = /^Checking patch (.*)\.\.\.$/.exec(line)?.[1];
    if (checking !== undefined) file = checking;
    const moved = /^Hunk #(\d+) succeeded at (\d+) \((offset -?\d+ lines?)\)/.exec(line);
    if (moved !== null)
      notes.push(`${patch.source}: hunk ${moved[1]} of ${file} fits at line ${moved[2]} (${moved[3]})`);
  }
  return notes;
}
