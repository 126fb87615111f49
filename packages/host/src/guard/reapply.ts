// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, fileDigest } from '@uptide/base';
import { decodeUpdate, type Update } from '@uptide/stream';
import { finding } from '../judge/fit.ts';
import type { LoadOutcome } from '../load.ts';
import type { Machine } from '../machine.ts';
import type { Patience } from '../transition.ts';
import { judgeBoot } from './boots.ts';
import { candidates } from './decide/candidates.ts';
import type { NamedUpdate } from './decide/record.ts';
import { bootFacts } from './facts.ts';
import { type GuardedLoadOptions, guardedLoad } from './guarded-load.ts';
import type { Journal } from './journal.ts';

/** Updates by the digest of their files. */
export const UPDATES = 'var/lib/uptide/updates';

export interface ReapplyOptions extends Patience, Pick<GuardedLoadOptions, 'sign'> {
  /** Why an update must not be loaded, as the rollout that was believed last says; undefined when it may. */
  readonly blocked?: (update: NamedUpdate, everLoaded: readonly string[]) => string | undefined;
}

/** What was done at the start of a machine. */
export interface Reapplied {
  /** How the load ended; absent when there was nothing to load. */
  readonly outcome?: LoadOutcome;
  /** Why levels that were trusted were passed over. */
  readonly passedOver: readonly Finding[];
}

/** Where the cache keeps an update, as a path of the machine. */
export function archivePath(archive: string): string {
  return `${UPDATES}/${archive}.uptide`;
}

/**
 * Loads what was live and trusted before, early in a boot: the highest level that this journal trusts for exactly
 * this kernel, from the cache alone. When that is blocked or its file is not what it was, the next lower one.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED, HOST_JOURNAL_UNWRITABLE, and as `loadUpdate`.
 */
export async function reapply(
  machine: Machine,
  journal: Journal,
  options: ReapplyOptions,
): Promise<Reapplied> {
  await judgeBoot(machine, journal, options);
  const { kernel } = await bootFacts(machine);
  const { boot, ...state } = await journal.state();
  const passedOver: Finding[] = [];
  if (boot?.live !== undefined) return { passedOver };
  for (const { update } of candidates(state, kernel)) {
    const why = options.blocked?.(update, boot?.everLoaded ?? []);
    if (why !== undefined) {
      passedOver.push(finding('HOST_BLOCKED', 'refuse', `level ${update.level}: ${why}`));
      continue;
    }
    const cached = await readCached(machine, update);
    if ('code' in cached) {
      passedOver.push(cached);
      continue;
    }
    const { wait, reporter, signal, sign } = options;
    const outcome = await guardedLoad(machine, journal, cached, {
      wait,
      reporter,
      signal,
      unmatched: false,
      by: 'boot',
      ...(update.archive === undefined ? {} : { archive: update.archive }),
      ...(sign === undefined ? {} : { sign }),
    });
    return { outcome, passedOver };
  }
  return { passedOver };
}

/** Reads an update from the cache; a finding when it is not the one that was trusted. */
async function readCached(machine: Machine, named: NamedUpdate): Promise<Update | Finding> {
  const { archive, id, moduleSha256, level } = named;
  if (archive === undefined) {
    return finding('HOST_CACHE', 'refuse', `level ${level} was not loaded from the cache`);
  }
  const path = archivePath(archive);
  const place = { file: `/${path}` };
  const bytes = await machine.bytes(path);
  if (bytes === undefined) return finding('HOST_CACHE', 'refuse', 'it is not there', place);
  if (fileDigest(bytes) !== archive) {
    return finding('HOST_CACHE', 'refuse', 'its digest is not that of its name', place);
  }
  const update = decodeUpdate(bytes);
  const same = update.description.id === id && fileDigest(update.module) === moduleSha256;
  return same ? update : finding('HOST_CACHE', 'refuse', 'it is not the update that was trusted', place);
}
