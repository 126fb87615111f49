// SPDX-License-Identifier: GPL-2.0-or-later
import { basename } from 'node:path';
import { type Examination, type PatchFile, parsePatchSet } from '@uptide/forge';
import type { Baseline } from '@uptide/kernel';
import { judge } from '../review/judge.ts';
import { readAnswers } from '../review/open.ts';
import type { Named } from './make.ts';
import { examinedFindings } from './page/findings.ts';
import { examinationPage } from './page/page.ts';

/**
 * The review page of an examination, with the sign-offs that lie beside the patches.
 *
 * @param patches with the paths at which they lie
 * @throws UptideError REVIEW_FILE_INVALID, FILE_UNREADABLE
 */
export async function pageOfExamination(
  { release, buildId }: Pick<Baseline, 'release' | 'buildId'>,
  patches: readonly PatchFile[],
  { findings, compiledFrom, disassembly }: Named<Examination>,
): Promise<Uint8Array> {
  const reviewed = await readAnswers({ release, buildId }, patches);
  const judgement = judge({ kernel: release, patches: reviewed, findings, compiledFrom });
  const titles = patches.flatMap(({ path, bytes }) =>
    parsePatchSet(bytes, path).patches.map(({ title }) => title),
  );
  const page = examinationPage({
    title: titles.find((title) => title !== undefined && title !== '') ?? basename(patches[0]?.path ?? ''),
    release,
    findings: examinedFindings(findings, judgement),
    patches: patches.map(({ path, bytes }) => ({ name: basename(path), bytes })),
    disassembly,
  });
  return Buffer.from(page);
}
