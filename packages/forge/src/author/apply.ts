// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Comparison } from '../compare/comparison.ts';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { AuthorMarks } from './marks.ts';

/** What the comparison says of one symbol and an author may answer for. */
const ANSWERABLE: ReadonlySet<string> = new Set([
  'COMPARE_DATA_CHANGED',
  'COMPARE_DATA_SIZE',
  'COMPARE_INIT_CHANGED',
  'COMPARE_EXIT_CHANGED',
  'COMPARE_NO_FTRACE_SITE',
]);

/**
 * Takes out of a comparison what the author said is not to be made live. Each such answer stays as a finding
 * with the author's reason; a mark for something that did not change is a finding too.
 */
export function applyIgnores(comparison: Comparison, marks: AuthorMarks): Comparison {
  const reasons = new Map(marks.ignored.map(({ piece, reason }) => [piece, reason]));
  const nameOf = (piece: Piece): string => comparison.pairing.pre(piece)?.name ?? piece.name;
  const byName = new Map(marks.ignored.map(({ piece, reason }) => [nameOf(piece), reason]));
  const answered = new Set<string>();
  const said: Finding[] = [];
  const changed = comparison.changed.filter(({ post, name }) => {
    const reason = reasons.get(post);
    if (reason === undefined) return true;
    answered.add(name);
    said.push(
      finding('AUTHOR_IGNORED', 'review', { symbol: name }, `the change of ${name} is left out: ${reason}`),
    );
    return false;
  });
  const findings = comparison.findings.flatMap((found): Finding[] => {
    const symbol = found.place.symbol;
    const reason = symbol === undefined ? undefined : byName.get(symbol);
    if (symbol === undefined || reason === undefined || !ANSWERABLE.has(found.code)) return [found];
    if (answered.has(symbol)) return [];
    answered.add(symbol);
    return [finding('AUTHOR_IGNORED', 'review', found.place, `${found.reason}; left out: ${reason}`)];
  });
  const idle = [...byName.keys()]
    .filter((name) => !answered.has(name))
    .map((name) =>
      finding('AUTHOR_IGNORE_IDLE', 'review', { symbol: name }, `${name} is marked and did not change`),
    );
  return { ...comparison, changed, findings: [...findings, ...said, ...idle] };
}
