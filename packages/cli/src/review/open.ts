// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { run, UptideError, withLock, writeFileAtomically } from '@uptide/base';
import { type PatchFile, parsePatchSet, pathOf } from '@uptide/forge';
import { requireWritable } from '../shell/output.ts';
import { MAX_REVIEW_BYTES, parseReview, printReview, requireWords, reviewFileOf } from './file.ts';
import { patchesDigests, type ReviewedKernel } from './identity.ts';
import type { Answer, ReviewedPatch } from './model.ts';

/**
 * Reads the answers beside the patches of one list.
 *
 * @param patches with the paths at which they lie
 * @throws UptideError REVIEW_FILE_INVALID, FILE_UNREADABLE
 */
export async function readAnswers(
  kernel: ReviewedKernel,
  patches: readonly PatchFile[],
): Promise<readonly ReviewedPatch[]> {
  const digests = patchesDigests(
    kernel,
    patches.map(({ bytes }) => bytes),
  );
  return await Promise.all(
    patches.map(async ({ path, bytes }, index) => {
      const file = reviewFileOf(path);
      let changes: ReadonlySet<string> | undefined;
      return {
        file,
        answers: await answersOf(file),
        digest: digests[index] ?? '',
        changes: () => {
          changes ??= changedFiles(bytes, path);
          return changes;
        },
      };
    }),
  );
}

/**
 * Adds an answer to its file; others may add theirs at the same time. What was there is read again, so that no
 * answer is lost.
 */
export async function saveAnswer(file: string, answer: Answer): Promise<void> {
  await requireWritable(file);
  await withLock(dirname(resolve(file)), async () => {
    await writeFileAtomically(file, printReview(await answersOf(file), answer, file));
  });
}

/**
 * Who signs off: what was said, else what git knows.
 *
 * @param folder whose git configuration is asked
 * @throws UptideError REVIEW_NO_NAME, REVIEW_BAD_WORDS
 */
export async function signerName(said: string | undefined, folder: string): Promise<string> {
  if (said !== undefined) return requireWords('name', said);
  const { stdout } = await run('git', ['-C', folder, 'config', '--get', 'user.name'], {
    anyStatus: true,
    package: 'git',
  });
  const name = stdout.toString('utf8').trim();
  if (name === '') throw new UptideError('REVIEW_NO_NAME', 'neither --name nor user.name of git is there');
  return requireWords('name', name);
}

async function answersOf(file: string): Promise<readonly Answer[]> {
  try {
    const facts = await stat(file);
    if (!facts.isFile()) throw new UptideError('FILE_UNREADABLE', 'this is no file', { place: { file } });
    if (facts.size > MAX_REVIEW_BYTES) {
      const reason = `it is larger than ${MAX_REVIEW_BYTES} bytes`;
      throw new UptideError('REVIEW_FILE_INVALID', reason, { place: { file } });
    }
    return parseReview(await readFile(file), file);
  } catch (cause) {
    if (cause instanceof UptideError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UptideError('FILE_UNREADABLE', reason, { place: { file }, cause });
  }
}

/** Every file that a patch names, under its old name too. */
function changedFiles(bytes: Uint8Array, path: string): ReadonlySet<string> {
  const changes = parsePatchSet(bytes, path).patches.flatMap((patch) => patch.changes);
  return new Set(
    changes.flatMap((change) => [pathOf(change), change.oldPath].filter((one) => one !== undefined)),
  );
}
