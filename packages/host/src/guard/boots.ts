// SPDX-License-Identifier: GPL-2.0-or-later
import { QUIET } from '@uptide/base';
import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import type { Patience } from '../transition.ts';
import { whyStopped } from './decide/gate.ts';
import type { KnownUpdate, LiveState, NamedUpdate } from './decide/record.ts';
import type { Verdict } from './decide/watch.ts';
import { enter, stamp } from './enter.ts';
import { Journal } from './journal.ts';
import { look } from './look.ts';

/** How long a transition that a killed process left behind is waited for. */
const LEFT_BEHIND_SECONDS = 60;
const HOUR = 3_600_000;
/** Hours that an update has to run without a complaint of the kernel. */
export const PROBATION_HOURS = 24;

/** What the guard makes of the boot before this one. */
export interface BootJudgement {
  readonly previous: 'first' | 'clean' | 'unclean';
  /** What crash dumps of the firmware tell of it. */
  readonly evidence: readonly string[];
  /** Updates that this host does not load any more on this kernel. */
  readonly quarantined: readonly KnownUpdate[];
  /** Why nothing is loaded until an administrator has looked. */
  readonly stopped?: string;
}

/** What a look at the live update found; `none`: nothing of ours is live. */
export type Promotion =
  | { readonly state: 'none' }
  | { readonly state: LiveState['phase']; readonly update: NamedUpdate; readonly verdict?: Verdict };

/** Opens the journal of a machine. It is read anew each time; nothing is written. */
export function openJournal(machine: Machine): Journal {
  return new Journal(machine);
}

/**
 * Begins a boot in the journal, once a boot, and judges the one before; finishes what a killed process left. Later
 * calls give the same judgement.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED, HOST_JOURNAL_UNWRITABLE, HOST_UNREADABLE.
 */
export async function judgeBoot(
  machine: Machine,
  journal: Journal,
  patience: Patience = patient(),
): Promise<BootJudgement> {
  return await journal.write(async (entries) => {
    const { kernel } = await enter(machine, entries, patience);
    const { boot, known } = entries.state;
    const stopped = whyStopped(entries.state);
    return {
      previous: boot?.previous ?? 'first',
      evidence: boot?.evidence ?? [],
      quarantined: known.filter(
        (one) =>
          one.quarantined !== undefined &&
          one.kernel.release === kernel.release &&
          one.kernel.buildId === kernel.buildId,
      ),
      ...(stopped === undefined ? {} : { stopped }),
    };
  });
}

/**
 * Looks at the update that is live: a complaint of the kernel while it is on probation quarantines it for the next
 * boot, and it is trusted when its probation is over. It is never unloaded for a complaint: the kernel is known to be
 * broken then, a transition asks every task of it to go on, and code that was unpatched is not the code that was
 * never patched.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED, HOST_JOURNAL_UNWRITABLE, HOST_UNREADABLE.
 */
export async function promote(
  machine: Machine,
  journal: Journal,
  { hours = PROBATION_HOURS }: { readonly hours?: number } = {},
): Promise<Promotion> {
  return await journal.write(async (entries) => {
    await enter(machine, entries, patient());
    const verdict = await look(machine, entries, hours * HOUR);
    const live = entries.state.boot?.live;
    if (live === undefined) return { state: 'none' };
    const { phase: state, update } = live;
    return verdict === undefined ? { state, update } : { state, update, verdict };
  });
}

/**
 * Notes that the machine is going down cleanly. The next boot trusts what ran on probation for 15 minutes. A transition
 * that somebody left behind is not waited for: it ends with the machine, and strikes nothing.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED, HOST_JOURNAL_UNWRITABLE, HOST_UNREADABLE.
 */
export async function markShutdown(machine: Machine, journal: Journal): Promise<void> {
  await journal.write(async (entries) => {
    await enter(machine, entries, undefined);
    await look(machine, entries, undefined);
    await entries.append({ kind: 'shutdown', ...(await stamp(machine)) });
  });
}

/**
 * Lets updates be loaded again, because an administrator looked: ends the stop and the quarantines. A damaged journal
 * is put aside for that, and a new one begun, which knows of no trust and no quarantine.
 *
 * @param ids whose quarantine ends; all when undefined.
 * @returns where the damaged journal lies, if it was.
 * @throws HostError HOST_JOURNAL_UNWRITABLE, HOST_UNREADABLE.
 */
export async function clearStop(
  machine: Machine,
  journal: Journal,
  ids?: readonly string[],
): Promise<{ readonly setAside?: string }> {
  const setAside = await journal.state().then(
    () => undefined,
    async (error: unknown) => {
      if (error instanceof HostError && error.code === 'HOST_JOURNAL_DAMAGED')
        return await journal.setAside();
      throw error;
    },
  );
  await journal.write(async (entries) => {
    await enter(machine, entries, patient());
    await entries.append({
      kind: 'cleared',
      ...(await stamp(machine)),
      ...(ids === undefined ? {} : { ids }),
    });
  });
  return setAside === undefined ? {} : { setAside };
}

function patient(): Patience {
  return { wait: LEFT_BEHIND_SECONDS, reporter: QUIET, signal: new AbortController().signal };
}
