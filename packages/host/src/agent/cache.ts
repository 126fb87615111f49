// SPDX-License-Identifier: GPL-2.0-or-later
import { readdir, rm } from 'node:fs/promises';
import type { Agent } from './agent.ts';
import { FILES } from './files.ts';

/**
 * Removes from the cache what nobody has a use for: updates that no boot will load again and that are not next.
 *
 * @param next digest of the update that this host should come to.
 */
export async function pruneUpdates({ machine, journal }: Agent, next: string | undefined): Promise<void> {
  const { known, boot } = await journal.state();
  const kept = new Set([
    ...known
      .filter(({ wanted, quarantined }) => wanted && quarantined === undefined)
      .map(({ update }) => update.archive),
    boot?.live?.update.archive,
    next,
  ]);
  const names = await readdir(machine.path(FILES.updates)).catch(() => []);
  for (const name of names) {
    const digest = /^([0-9a-f]{64})\.uptide$/.exec(name)?.[1];
    if (digest === undefined || kept.has(digest)) continue;
    await rm(machine.path(`${FILES.updates}/${name}`), { force: true });
  }
}
