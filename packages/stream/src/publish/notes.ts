// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream notes`: what the maker says of CVEs beyond the levels, kept in `notes/RELEASE.json`. */

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CATALOGUE, type Finding } from '@uptide/base';
import { type CveNote, judgeNotes, type readNotes } from '../feeds/notes.ts';
import type { StreamKernel } from '../formats/paths.ts';
import { kernelPattern } from '../repository/bins.ts';
import { seriesOf, theTargets } from '../repository/roles.ts';
import { printJson } from '../update/json.ts';
import { stageChanges } from './add.ts';
import { readIndex } from './kernel-state.ts';
import type { Repository } from './repository.ts';
import { storedNotes } from './stored-notes.ts';

export interface NotesResult {
  /** Refusals; when there is one, nothing was staged. */
  readonly findings: readonly Finding[];
  /** The kernels whose feeds were staged anew: all builds of the release. */
  readonly kernels: readonly StreamKernel[];
}

/**
 * Keeps notes and stages the feeds that follow from them. Notes for a release of which nothing is published yet are
 * kept for its first level.
 *
 * @param notes as `readNotes` gives them.
 */
export async function noteCves(
  repository: Repository,
  { kernel: release, notes }: ReturnType<typeof readNotes>,
  now: number,
): Promise<NotesResult> {
  const kernels = kernelsOf(repository, release);
  const findings: Finding[] = [...journalFaults(await storedNotes(repository, release), notes)];
  const changes: Parameters<typeof stageChanges>[1][number][] = [];
  for (const kernel of kernels) {
    const index = await readIndex(repository, kernel);
    if (index === undefined) continue;
    findings.push(...judgeNotes(index, notes));
    changes.push({ kernel, index, files: [] });
  }
  if (findings.length > 0) return { findings, kernels: [] };
  const path = join(repository.folder, 'notes', `${release}.json`);
  await repository.disk.write(path, printJson({ schema: 1, kernel: release, notes }));
  if (changes.length > 0) await stageChanges(repository, changes, now);
  return { findings, kernels: changes.map(({ kernel }) => kernel) };
}

/** What was said once stays said: the revision history of the feeds is made from it. */
function journalFaults(before: readonly CveNote[], notes: readonly CveNote[]): Finding[] {
  const at = before.findIndex((note, index) => !isDeepStrictEqual(note, notes[index]));
  const changed = before[at];
  if (changed === undefined) return [];
  const { remedy } = CATALOGUE.STREAM_NOTES_REWRITTEN;
  const reason = `note ${at + 1}, on ${changed.cve} of ${changed.date}, is not there any more or another`;
  return [{ code: 'STREAM_NOTES_REWRITTEN', verdict: 'refuse', place: {}, reason, remedy }];
}

/** Every build of a release that the stream has, by the patterns of its bins. */
function kernelsOf({ view }: Repository, release: string): StreamKernel[] {
  return seriesOf(view).flatMap((distribution) => {
    const roles = theTargets(view, distribution).signed.delegations?.roles ?? [];
    const patterns = new Set(roles.flatMap(({ paths }) => paths));
    return [...patterns].sort().flatMap((pattern) => {
      const buildId = pattern.split('/')[2] ?? '';
      const kernel = { distribution, release, buildId };
      return pattern === kernelPattern(kernel) ? [kernel] : [];
    });
  });
}
