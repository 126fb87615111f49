// SPDX-License-Identifier: GPL-2.0-or-later
import type { Machine } from '../machine.ts';
import { judgeProbation, type Verdict } from './decide/watch.ts';
import { stamp } from './enter.ts';
import { noteSeen, readWatch } from './facts.ts';
import type { Entries } from './journal.ts';

/**
 * Looks whether the kernel complained since the live update was loaded, when that is on probation, and writes down
 * what that means.
 *
 * @param probation milliseconds that an update has to run without a complaint; undefined: it is not trusted by this
 * look.
 * @returns undefined when nothing is on probation.
 */
export async function look(
  machine: Machine,
  entries: Entries,
  probation: number | undefined,
): Promise<Verdict | undefined> {
  const { boot } = entries.state;
  if (boot?.live?.phase !== 'probation') return undefined;
  const watch = await readWatch(machine, boot.boot);
  const now = await stamp(machine);
  const verdict = judgeProbation(boot.live, watch, now.uptime, probation ?? Number.POSITIVE_INFINITY);
  if (verdict.kind === 'complaint') {
    await entries.append({ kind: 'complaint', ...now, lines: verdict.lines });
  }
  if (verdict.kind === 'unwatched') await entries.append({ kind: 'unwatched', ...now, marks: watch.marks });
  if (verdict.kind === 'trusted') await entries.append({ kind: 'trusted', ...now });
  await noteSeen(machine, boot.boot, watch);
  return verdict;
}
