// SPDX-License-Identifier: GPL-2.0-or-later
import { basename } from 'node:path';
import { type Examination, type PatchFile, parsePatchSet } from '@uptide/forge';
import type { Baseline } from '@uptide/kernel';
import { judge } from '../review/judge.ts';
import type { Judgement, NamedFinding, SignOff } from '../review/model.ts';
import { readAnswers } from '../review/open.ts';
import { describeFindings } from './findings.ts';
import type { Named } from './make.ts';
import { examinedFindings } from './page/findings.ts';
import { examinationPage } from './page/page.ts';

/** An examination with what people said of its findings. */
export interface JudgedExamination extends Named<Examination> {
  readonly judgement: Judgement;
}

/**
 * Finds the sign-offs that lie beside the patches.
 *
 * @param patches with the paths at which they lie
 * @throws UptideError REVIEW_FILE_INVALID, FILE_UNREADABLE
 */
export async function judgeExamination(
  baseline: Pick<Baseline, 'release' | 'buildId'>,
  patches: readonly PatchFile[],
  examination: Named<Examination>,
): Promise<JudgedExamination> {
  const reviewed = await readAnswers(baseline, patches);
  const { findings, compiledFrom } = examination;
  const judgement = judge({ kernel: baseline.release, patches: reviewed, findings, compiledFrom });
  return { ...examination, judgement };
}

/** The review page of an examination. */
export function pageOfExamination(
  release: string,
  patches: readonly PatchFile[],
  { findings, disassembly, judgement }: JudgedExamination,
): string {
  const titles = patches.flatMap(({ path, bytes }) =>
    parsePatchSet(bytes, path).patches.map(({ title }) => title),
  );
  return examinationPage({
    title: titles.find((title) => title !== undefined && title !== '') ?? basename(patches[0]?.path ?? ''),
    release,
    findings: examinedFindings(findings, judgement),
    patches: patches.map(({ path, bytes }) => ({ name: basename(path), bytes })),
    disassembly,
  });
}

/** An examination as people read it: what is signed off is only counted. */
export function describeExamination({ findings, judgement }: JudgedExamination): string {
  if (findings.length === 0) return 'no rule found anything to judge';
  const signed = signOffsOf(judgement);
  const left = findings.filter(({ id }) => !signed.has(id));
  const count = findings.length - left.length;
  return [
    describeFindings(left),
    ...(count === 0 ? [] : [`signed off: ${count} of ${findings.length} findings`]),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** An examination as programs read it. */
export function examinationToJson({ verdict, findings, notes, judgement }: JudgedExamination): object {
  const signed = signOffsOf(judgement);
  const said = (finding: NamedFinding): object => {
    const signedOff = signed.get(finding.id);
    return signedOff === undefined ? finding : { ...finding, signedOff };
  };
  return { schema: 1, verdict, findings: findings.map(said), notes };
}

function signOffsOf({ judged }: Judgement): ReadonlyMap<string, SignOff> {
  return new Map(
    judged.flatMap(({ finding, signedOff }) => (signedOff === undefined ? [] : [[finding.id, signedOff]])),
  );
}
