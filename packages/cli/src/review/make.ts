// SPDX-License-Identifier: GPL-2.0-or-later
import type { PatchFile } from '@uptide/forge';
import type { Naming } from '../glue/create.ts';
import { type Made, type MakeTools, makeUpdate, type Target } from '../glue/make.ts';
import { type Admission, admit } from './admit.ts';
import { requireWords } from './file.ts';
import { judge } from './judge.ts';
import { readAnswers } from './open.ts';

/**
 * Makes an update whose findings are signed off beside the patches, or says which are not.
 *
 * @param patches with the paths at which they lie
 * @throws UptideError REVIEW_FILE_INVALID, REVIEW_BAD_WORDS; as `makeUpdate`
 */
export async function makeReviewed(
  target: Target,
  patches: readonly PatchFile[],
  naming: Naming,
  tools: MakeTools,
  { unreviewed, command }: Admission,
): Promise<Made> {
  const words = unreviewed === undefined ? undefined : requireWords('reason', unreviewed);
  const { baseline } = target;
  const reviewed = await readAnswers(baseline, patches);
  const made = await makeUpdate(target, patches, naming, tools);
  const { findings, compiledFrom } = made.outcome;
  const judgement = judge({ kernel: baseline.release, patches: reviewed, findings, compiledFrom });
  return admit(made, judgement, { unreviewed: words, command });
}

/** The command line that walks through the findings of patches, or of a series when no kernel is said. */
export function reviewCommandLine(paths: readonly string[], kernel?: string): string {
  return [
    'uptide review',
    ...paths.map(quoted),
    ...(kernel === undefined ? [] : ['--kernel', quoted(kernel)]),
  ].join(' ');
}

/** A word for the shell of a reader. */
function quoted(word: string): string {
  return /^[\w./+:@%,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
