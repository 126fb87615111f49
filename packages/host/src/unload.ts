// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { type Finding, withLock } from '@uptide/base';
import { HostError } from './error.ts';
import type { LiveUpdate } from './live-update.ts';
import { liveUpdates } from './live-updates.ts';
import type { Machine } from './machine.ts';
import { recordFolder } from './records.ts';
import { removeModule } from './remove.ts';
import {
  blockersOf,
  type Patience,
  setEnabled,
  type TransitionEnd,
  waitForTransition,
} from './transition.ts';

export interface UnloadOptions extends Patience {
  /** Called right before the update is switched off; what it throws ends the way. */
  readonly beforeTouch?: (update: LiveUpdate) => Promise<void>;
}

/** How unloading ended; `kept`: the time was over, and the update was made live again. */
export interface UnloadOutcome {
  readonly state: 'unloaded' | 'kept';
  readonly name: string;
  readonly findings: readonly Finding[];
  /** From the switching off to the last task's switch; absent when it stays live. */
  readonly milliseconds?: number;
}

/**
 * Switches an update off, waits until every task runs the old code, and removes its module.
 *
 * @param name of its module; not needed when it is the only one that is loaded.
 * @throws HostError HOST_NOT_ROOT, HOST_NOT_LOADED, HOST_WHICH_UPDATE, HOST_DISABLE_REFUSED, HOST_NOT_REMOVED,
 * HOST_UNREADABLE; UptideError INTERRUPTED, after which it is being made live again.
 */
export async function unloadUpdate(
  machine: Machine,
  name: string | undefined,
  options: UnloadOptions,
): Promise<UnloadOutcome> {
  if (!machine.effects.isRoot()) throw new HostError('HOST_NOT_ROOT', 'this process is not root');
  return await withLock(join(await recordFolder(machine), 'lock'), async () => {
    const update = choose(await liveUpdates(machine), name);
    await options.beforeTouch?.(update);
    const start = machine.effects.now();
    await setEnabled(machine, update.name, 0);
    const end = await options.reporter.step('wait for every task', () => settle(machine, update, options));
    if (end === 'expired') {
      const findings = await blockersOf(machine, update.name, 0);
      await setEnabled(machine, update.name, 1);
      return { state: 'kept', name: update.name, findings };
    }
    const milliseconds = Math.round(machine.effects.now() - start);
    await removeModule(machine, update.name);
    return { state: 'unloaded', name: update.name, findings: [], milliseconds };
  });
}

/** Waits; an interruption makes the update live again, as the end of the time does. */
async function settle(machine: Machine, { name }: LiveUpdate, options: Patience): Promise<TransitionEnd> {
  try {
    return await waitForTransition(machine, name, 0, options);
  } catch (error) {
    await setEnabled(machine, name, 1);
    throw error;
  }
}

function choose(updates: readonly LiveUpdate[], name: string | undefined): LiveUpdate {
  const candidates = name === undefined ? updates.filter(({ ours }) => ours) : updates;
  const [only, second] = name === undefined ? candidates : candidates.filter((one) => one.name === name);
  if (only === undefined) throw new HostError('HOST_NOT_LOADED', name ?? 'no update is loaded');
  if (second !== undefined) {
    throw new HostError('HOST_WHICH_UPDATE', candidates.map((one) => one.name).join(', '));
  }
  return only;
}
