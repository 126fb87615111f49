// SPDX-License-Identifier: GPL-2.0-or-later
import { formatPlace } from '@uptide/base';
import { hunksAt } from '../glue/hunks.ts';
import { oneLine } from '../shell/lines.ts';
import { openFindings } from './judge.ts';
import type { JudgedList } from './lists.ts';
import type { JudgedFinding, Lapse, LapsedAnswer } from './model.ts';
import { hunksIn, type Origin } from './origins.ts';

/** Why an answer does not count, as people read it. */
const LAPSES: Readonly<Record<Lapse, string>> = {
  patches: 'the patches or the kernel changed since',
  finding: 'the finding says something else now',
  'later-patch': 'a later patch may change what the code is made from',
  gone: 'there is no such finding any more',
};

/** A finding with all that a person needs to judge it, and where in the patches it comes from. */
export function describeJudged(
  { finding, signedOff, lapsed }: JudgedFinding,
  hunks: readonly Origin[],
): string {
  const { id, code, place, reason, remedy } = finding;
  return [
    `${signedOff === undefined ? 'open' : 'signed off'} ${id} ${code}`,
    `  at: ${oneLine(formatPlace(place))}`,
    ...hunksAt(place, hunks).map(({ path, hunk }) => `  patch: ${oneLine(path)}:${hunk.line}`),
    `  found: ${oneLine(reason)}`,
    ...(signedOff === undefined
      ? [`  next: ${oneLine(remedy)}`]
      : [`  by ${oneLine(signedOff.name)}, ${signedOff.date}: ${oneLine(signedOff.reason)}`]),
    ...(lapsed === undefined ? [] : [`  ${describeLapsed(lapsed)}`]),
  ].join('\n');
}

/** An answer that does not count, and why. */
export function describeLapsed({ answer: { name, date, reason }, why }: LapsedAnswer): string {
  return `no longer counts, ${LAPSES[why]}: ${oneLine(name)}, ${date}: ${oneLine(reason)}`;
}

/** Lists with all findings, as people read them. */
export function describeLists(lists: readonly JudgedList[]): string {
  return lists.flatMap((list) => [describeCount(list), ...describeList(list)]).join('\n');
}

/** How far the review of a list is, in one line. */
export function describeCount({ level, patches, judgement }: JudgedList): string {
  const name =
    level === undefined
      ? patches.map(({ path }) => oneLine(path)).join(' ')
      : `level ${level.level} (${level.id})`;
  const open = openFindings(judgement).length;
  return `${name}: ${open} open, ${judgement.judged.length - open} signed off`;
}

function describeList({ patches, judgement: { judged, gone } }: JudgedList): string[] {
  const hunks = hunksIn(patches);
  return [
    ...judged.map((one) => describeJudged(one, hunks)),
    ...gone.map((lapsed) => `${lapsed.answer.id} ${lapsed.answer.code}\n  ${describeLapsed(lapsed)}`),
  ];
}

/** Lists as programs read them. */
export function listsToJson(kernel: string, lists: readonly JudgedList[]): object {
  return {
    schema: 1,
    kernel,
    lists: lists.map(listToJson),
  };
}

function listToJson({ level, patches, file, judgement: { judged, gone } }: JudgedList): object {
  const hunks = hunksIn(patches);
  return {
    ...level,
    patches: patches.map(({ path }) => path),
    file,
    findings: judged.map(({ finding, signedOff, lapsed }) => ({
      ...finding,
      origins: hunksAt(finding.place, hunks).map(({ path, hunk }) => ({
        patch: path,
        line: hunk.line,
      })),
      ...(signedOff === undefined ? {} : { signedOff }),
      ...(lapsed === undefined ? {} : { lapsed: lapsedToJson(lapsed) }),
    })),
    gone: gone.map(lapsedToJson),
  };
}

function lapsedToJson({ answer: { id, code, name, reason, date }, why }: LapsedAnswer): object {
  return { why, id, code, name, reason, date };
}
