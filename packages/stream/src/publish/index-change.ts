// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream kernel`: stages a change of indices, for the release keys to sign. */

import type { Finding } from '@uptide/base';
import { judgeNotes } from '../feeds/notes.ts';
import type { StreamKernel } from '../formats/paths.ts';
import { changedIndex, type IndexChange } from '../repository/index-change.ts';
import { kernelsNamed } from '../repository/kernels.ts';
import { stageChanges } from './add.ts';
import { readIndex } from './kernel-state.ts';
import type { Repository } from './repository.ts';
import { storedNotes } from './stored-notes.ts';

/**
 * Stages the change for every kernel that a name means, with the feeds that follow.
 *
 * @returns the kernels; findings where the maker's notes say something else, and then nothing is staged.
 * @throws StreamError STREAM_NO_KERNEL, STREAM_NO_LEVEL, STREAM_BAD_FILE.
 */
export async function changeIndices(
  repository: Repository,
  name: string,
  change: IndexChange,
  now: number,
): Promise<{ readonly findings: readonly Finding[]; readonly kernels: readonly StreamKernel[] }> {
  const changes: Parameters<typeof stageChanges>[1][number][] = [];
  const findings: Finding[] = [];
  for (const kernel of kernelsNamed(repository.view, name)) {
    const before = await readIndex(repository, kernel);
    if (before === undefined) continue;
    const index = changedIndex(before, change);
    findings.push(...judgeNotes(index, await storedNotes(repository, kernel.release)));
    changes.push({ kernel, index, files: [] });
  }
  if (findings.length > 0) return { findings, kernels: [] };
  await stageChanges(repository, changes, now);
  return { findings, kernels: changes.map(({ kernel }) => kernel) };
}
