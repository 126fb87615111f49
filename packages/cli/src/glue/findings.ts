// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Description } from '@uptide/stream';
import { formatProblem } from '../shell/lines.ts';

/** Findings as people read them: refusals first, then what a person must judge; `ok` says nothing to do. */
export function describeFindings(findings: readonly Finding[]): string {
  const rank = { refuse: 0, review: 1, ok: 2 } as const;
  return [...findings]
    .sort((a, b) => rank[a.verdict] - rank[b.verdict])
    .map((finding) => `${headOf(finding)}: ${formatProblem(finding)}`)
    .join('\n');
}

/** The findings that are still to be read: those that nobody signed off in the update. */
export function withoutSignedOff(
  findings: readonly Finding[],
  { findings: described }: Pick<Description, 'findings'>,
): readonly Finding[] {
  const signed = new Set(described.flatMap(({ id, signedOff }) => (signedOff === undefined ? [] : [id])));
  return findings.filter(({ id }) => id === undefined || !signed.has(id));
}

/** The verdict, and the id where one can be judged by it. */
function headOf({ verdict, id }: Finding): string {
  return verdict === 'review' && id !== undefined ? `review ${id}` : verdict;
}
