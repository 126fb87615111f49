// SPDX-License-Identifier: GPL-2.0-or-later

import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import { type UnloadOptions, type UnloadOutcome, unloadUpdate } from '../unload.ts';
import type { By } from './decide/record.ts';
import { enter, stamp } from './enter.ts';
import { readKillSwitches, readWatch } from './facts.ts';
import { settleErrors } from './guarded-load.ts';
import type { Journal } from './journal.ts';

export interface GuardedUnloadOptions extends Omit<UnloadOptions, 'beforeTouch'> {
  /** Who asks; an administrator may always take an update out. */
  readonly by: By;
}

/**
 * Takes an update out as `unloadUpdate` does, and writes down before and behind it that this is done: code that was
 * once patched is not always what it was. Nothing comes back in the next boot after that.
 *
 * @param name of its module; not needed when it is the only one that is loaded.
 * @throws HostError HOST_SWITCHED_OFF, HOST_JOURNAL_DAMAGED, HOST_JOURNAL_UNWRITABLE, and as `unloadUpdate`.
 */
export async function guardedUnload(
  machine: Machine,
  journal: Journal,
  name: string | undefined,
  options: GuardedUnloadOptions,
): Promise<UnloadOutcome> {
  if (!machine.effects.isRoot()) throw new HostError('HOST_NOT_ROOT', 'this process is not root');
  return await journal.write(async (entries) => {
    const { boot } = await enter(machine, entries, options);
    const { all } = await readKillSwitches(machine);
    if (all !== undefined && options.by !== 'hand') throw new HostError('HOST_SWITCHED_OFF', all);
    const outcome = await settleErrors(machine, entries, options, () =>
      unloadUpdate(machine, name, {
        ...options,
        beforeTouch: async (update) => {
          const known = entries.state.known.find((one) => one.update.module === update.name)?.update;
          if (known === undefined) return;
          const { marks } = await readWatch(machine, boot);
          const { by } = options;
          await entries.append({
            kind: 'intent',
            ...(await stamp(machine)),
            action: 'unload',
            update: known,
            by,
            marks,
          });
        },
      }),
    );
    if (entries.state.boot?.open === undefined) return outcome;
    const { state: result, milliseconds } = outcome;
    const took = milliseconds === undefined ? {} : { milliseconds };
    await entries.append({ kind: 'outcome', ...(await stamp(machine)), result, ...took });
    return outcome;
  });
}
