// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { coverUntil, endKernel, type IndexChange, momentOf, withdrawLevel } from '@uptide/stream';

/** The options of `uptide stream kernel` that say what changes. */
export interface IndexOptions {
  readonly coveredUntil?: string | undefined;
  readonly end?: string | undefined;
  readonly successor?: string | undefined;
  readonly withdraw?: string | undefined;
  readonly level?: number | undefined;
}

/** All changes that the options ask for, as one. @throws UptideError USAGE. */
export function indexChange(options: IndexOptions, now: number): IndexChange {
  const { coveredUntil, end, successor, withdraw, level } = options;
  if ((withdraw === undefined) !== (level === undefined)) {
    throw new UptideError('USAGE', '--withdraw and --level belong together');
  }
  if (successor !== undefined && end === undefined) {
    throw new UptideError('USAGE', '--successor belongs to --end');
  }
  const date = momentOf(now);
  const changes = [
    ...(coveredUntil === undefined ? [] : [coverUntil(coveredUntil)]),
    ...(end === undefined ? [] : [endKernel(end, date, successor)]),
    ...(withdraw === undefined || level === undefined ? [] : [withdrawLevel(level, withdraw, date)]),
  ];
  if (changes.length === 0) {
    throw new UptideError('USAGE', 'name a change: --covered-until, --end or --withdraw');
  }
  return (index) => changes.reduce((changed, change) => change(changed), index);
}
