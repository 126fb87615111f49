// SPDX-License-Identifier: GPL-2.0-or-later

// What the records of the journal come to.
//
// The guard has to answer, after any crash: what was this machine doing when it went down, and may it do that again?
// The answer is a fold over the journal: every record is one thing that happened, `reduce` takes the state before it
// to the state after it, and nothing else is remembered. An update's way through the states of one boot:
//
//     intent ──> (loading) ──live──> probation ──trusted──> trusted
//                   │                    │
//                   │ reverted, failed   └──complaint──> quarantined, and still live
//                   v
//                 nothing
//
// The next boot judges the one before it. That one was clean when its last word was `shutdown` and the firmware kept
// no new crash dump. Then an update that had been on probation for 15 minutes is trusted. Otherwise the boot counts as
// unclean, and what was loading or on probation at its end is quarantined, for exactly this update and kernel: it is
// not known to be guilty, but it is the one thing that was new. Two unclean boots in a row stop everything.
//
// Worked example. Level 2 is trusted and live; level 3 is loaded and panics the machine after an hour:
//     intent 3, outcome live            boot A: 3 on probation, wanted 2 and 3
//     boot B                            no shutdown before it: 3 quarantined, 1 unclean boot in a row
//     intent 2 (by boot), outcome live  the highest level that is wanted, trusted and not quarantined
//     shutdown, boot C                  0 unclean boots in a row; 3 stays quarantined
//
// Limits: a machine that an update hangs hours after its probation looks like any other crash; the second such boot
// stops the guard. What a record says is not questioned here: the store vouches for the bytes.

import { HostError } from '../../error.ts';
import type {
  Action,
  BootState,
  GuardState,
  JournalRecord,
  KernelName,
  KnownUpdate,
  LiveState,
  NamedUpdate,
} from './record.ts';

/** Milliseconds of probation that a clean shutdown makes enough of. */
export const SHUTDOWN_TRUST_MILLISECONDS = 15 * 60_000;
/** Unclean boots in a row after which nothing is loaded. */
export const MAX_UNCLEAN_BOOTS = 2;
/** Boots before this one whose history is kept. */
export const MAX_HISTORY = 32;
/** Actions of one boot whose history is kept: a host that does more goes round in a circle. */
export const MAX_ACTIONS = 200;
/** Updates that are known, of all kernels that the machine ever ran; a stream has at most 1,000 levels a kernel. */
export const MAX_KNOWN = 4096;

/** The state of an empty journal. */
export const NOTHING: GuardState = { uncleanInARow: 0, known: [], history: [] };

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;
type Step<K extends JournalRecord['kind']> = (
  state: GuardState,
  boot: BootState,
  record: Of<K>,
) => GuardState;

/**
 * The state after one more record.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED for a record that cannot follow: something wrote past the guard.
 */
export function reduce(state: GuardState, record: JournalRecord): GuardState {
  if (record.kind === 'boot') return beginBoot(state, record);
  if (record.kind === 'cleared') return clear(state, record);
  const { boot } = state;
  if (boot === undefined) throw unfit(record, 'no boot was begun');
  switch (record.kind) {
    case 'intent':
      return beginAction(state, boot, record);
    case 'outcome':
      return endAction(state, boot, record);
    case 'gone':
      return forgetLive(state, boot);
    case 'found':
      return find(state, boot, record);
    case 'complaint':
      return complain(state, boot, record);
    case 'unwatched':
      return withLive(state, boot, record, ({ update, ...live }) => ({
        ...live,
        update,
        watchedSince: record.uptime,
        marks: record.marks,
      }));
    case 'trusted':
      return trust(state, boot, record);
    case 'shutdown':
      return { ...state, boot: { ...boot, shutdown: { at: record.at, uptime: record.uptime } } };
    case 'resumed': {
      const { shutdown: _shutdown, ...rest } = boot;
      return { ...state, boot: rest };
    }
  }
}

/** Judges the boot before, if there was one, and begins the next. */
function beginBoot(state: GuardState, record: Of<'boot'>): GuardState {
  const { boot: before } = state;
  const { boot, kernel, at, uptime, dumps, evidence } = record;
  const ended = before === undefined ? 'first' : endOf(before, record);
  const judged = before === undefined ? state : judgeEnd(state, before, ended === 'clean', record);
  return {
    ...judged,
    history: before === undefined ? state.history : [...state.history, before].slice(-MAX_HISTORY),
    boot: {
      boot,
      kernel,
      at,
      uptime,
      dumps,
      previous: ended,
      evidence,
      actions: [],
      forgotten: 0,
      everLoaded: [],
    },
  };
}

/** How a boot ended, seen from the next one. */
function endOf(before: BootState, { dumps }: Of<'boot'>): 'clean' | 'unclean' {
  const old = new Set(before.dumps);
  return before.shutdown !== undefined && dumps.every((dump) => old.has(dump)) ? 'clean' : 'unclean';
}

function judgeEnd(state: GuardState, before: BootState, clean: boolean, record: Of<'boot'>): GuardState {
  const { live, open, kernel, shutdown } = before;
  if (!clean) {
    const suspects = [
      ...(open?.action === 'load' ? [open.update] : []),
      ...(live?.phase === 'probation' ? [live.update] : []),
    ];
    const known = suspects.reduce(
      (list, update) => quarantine(list, kernel, update, record.at, 'unclean-boot', record.evidence),
      state.known,
    );
    return { ...state, known, uncleanInARow: state.uncleanInARow + 1 };
  }
  const passed =
    live?.phase === 'probation' &&
    shutdown !== undefined &&
    shutdown.uptime - live.watchedSince >= SHUTDOWN_TRUST_MILLISECONDS;
  const known = passed
    ? change(state.known, kernel, live.update, (one) => ({
        ...one,
        trusted: { at: record.at, uptime: record.uptime },
      }))
    : state.known;
  return { ...state, known, uncleanInARow: 0 };
}

const beginAction: Step<'intent'> = (state, boot, record) => {
  if (boot.open !== undefined) throw unfit(record, 'an action has not ended');
  const { action, update, by, at, uptime } = record;
  const actions: Action[] = [...boot.actions, { action, update, by, at, uptime }];
  const known = know(state.known, boot, update);
  const everLoaded = action === 'load' ? remember(boot, update) : boot.everLoaded;
  const forgotten = boot.forgotten + Math.max(0, actions.length - MAX_ACTIONS);
  return {
    ...state,
    known,
    boot: { ...boot, open: record, actions: actions.slice(-MAX_ACTIONS), forgotten, everLoaded },
  };
};

const endAction: Step<'outcome'> = (state, boot, record) => {
  const { open, ...rest } = boot;
  if (open === undefined) throw unfit(record, 'no action was begun');
  const { result, milliseconds, code } = record;
  const ending = {
    result,
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(code === undefined ? {} : { code }),
  };
  const actions = rest.actions.map((one, at) =>
    at === rest.actions.length - 1 ? { ...one, ...ending } : one,
  );
  const ended: BootState = { ...rest, actions };
  if (result === 'unloaded') return forgetLive(state, ended);
  if (result !== 'live') return { ...state, boot: ended };
  const { update, at, uptime, marks } = open;
  const old = state.known.find((one) => isOf(one, boot.kernel, update));
  const phase = phaseOf(old);
  const live: LiveState = { update, phase, at, uptime, watchedSince: uptime, marks };
  // A lower level is what to fall back to; a higher one was taken back by this load.
  const others = state.known
    .filter((one) => one !== old)
    .map((one) =>
      sameKernel(one.kernel, boot.kernel) && one.update.level > update.level
        ? { ...one, wanted: false }
        : one,
    );
  const known = old === undefined ? others : [...others, { ...old, wanted: true }];
  return {
    ...state,
    known,
    boot: { ...ended, live: milliseconds === undefined ? live : { ...live, milliseconds } },
  };
};

/** What was found live is watched from now on, whatever another journal knew of it. */
const find: Step<'found'> = (state, boot, record) => {
  if (boot.live !== undefined) throw unfit(record, 'another update is live');
  const { update, at, uptime, marks } = record;
  const known = change(know(state.known, boot, update), boot.kernel, update, (one) => ({
    ...one,
    wanted: true,
  }));
  const phase = phaseOf(known.find((one) => isOf(one, boot.kernel, update)));
  const live: LiveState = { update, phase, at, uptime, watchedSince: uptime, marks };
  return { ...state, known, boot: { ...boot, live, everLoaded: remember(boot, update) } };
};

/** What is known, with an update in it. */
function know(
  known: readonly KnownUpdate[],
  { kernel }: BootState,
  update: NamedUpdate,
): readonly KnownUpdate[] {
  return known.some((one) => isOf(one, kernel, update))
    ? change(known, kernel, update, (one) => ({ ...one, update: { ...one.update, ...update } }))
    : bounded([...known, { update, kernel, wanted: false, strikes: 0 }], kernel);
}

function remember({ everLoaded }: BootState, { id }: NamedUpdate): readonly string[] {
  return everLoaded.includes(id) ? everLoaded : [...everLoaded, id];
}

/** What an update is as soon as it is live. */
function phaseOf(known: KnownUpdate | undefined): LiveState['phase'] {
  if (known?.quarantined !== undefined) return 'quarantined';
  return known?.trusted === undefined ? 'probation' : 'trusted';
}

/** Nothing of ours is live any more, and nothing is to come back. */
function forgetLive(state: GuardState, before: BootState): GuardState {
  const { live: _live, ...boot } = before;
  const known = state.known.map((one) =>
    sameKernel(one.kernel, boot.kernel) ? { ...one, wanted: false } : one,
  );
  return { ...state, known, boot };
}

const complain: Step<'complaint'> = (state, boot, record) => {
  const marked = withLive(state, boot, record, (live) => ({ ...live, phase: 'quarantined' }));
  const { live } = boot;
  if (live === undefined) return marked;
  const known = quarantine(state.known, boot.kernel, live.update, record.at, 'complaint', record.lines);
  return { ...marked, known };
};

const trust: Step<'trusted'> = (state, boot, record) => {
  const { live } = boot;
  if (live?.phase === 'quarantined') throw unfit(record, 'what is live is quarantined');
  const marked = withLive(state, boot, record, (one) => ({ ...one, phase: 'trusted' }));
  if (live === undefined) return marked;
  const known = change(state.known, boot.kernel, live.update, (one) => ({
    ...one,
    trusted: { at: record.at, uptime: record.uptime },
  }));
  return { ...marked, known };
};

/** What the journal says of an administrator's look also holds for the boot that runs. */
function clear(state: GuardState, { ids }: Of<'cleared'>): GuardState {
  const known = state.known.map(({ quarantined, ...one }) =>
    quarantined === undefined || (ids !== undefined && !ids.includes(one.update.id))
      ? { ...one, ...(quarantined === undefined ? {} : { quarantined }) }
      : one,
  );
  return { ...state, known, uncleanInARow: 0 };
}

function withLive(
  state: GuardState,
  boot: BootState,
  record: JournalRecord,
  to: (live: LiveState) => LiveState,
): GuardState {
  if (boot.live === undefined) throw unfit(record, 'nothing is live');
  return { ...state, boot: { ...boot, live: to(boot.live) } };
}

function quarantine(
  known: readonly KnownUpdate[],
  kernel: KernelName,
  update: NamedUpdate,
  at: string,
  why: 'unclean-boot' | 'complaint',
  evidence: readonly string[],
): readonly KnownUpdate[] {
  return change(known, kernel, update, (before) => {
    const { trusted: _trusted, ...one } = before;
    return { ...one, quarantined: { at, why, evidence }, strikes: one.strikes + 1 };
  });
}

function change(
  known: readonly KnownUpdate[],
  kernel: KernelName,
  update: NamedUpdate,
  to: (one: KnownUpdate) => KnownUpdate,
): readonly KnownUpdate[] {
  return known.map((one) => (isOf(one, kernel, update) ? to(one) : one));
}

/** Leaves out the oldest of what is known, but never a quarantine of the kernel that runs. */
function bounded(known: readonly KnownUpdate[], kernel: KernelName): readonly KnownUpdate[] {
  if (known.length <= MAX_KNOWN) return known;
  const weight = (one: KnownUpdate): number =>
    (sameKernel(one.kernel, kernel) ? 2 : 0) + (one.quarantined === undefined ? 0 : 1);
  const least = Math.min(...known.map(weight));
  const at = known.findIndex((one) => weight(one) === least);
  return known.filter((_, index) => index !== at);
}

export function isOf(one: KnownUpdate, kernel: KernelName, { id }: Pick<NamedUpdate, 'id'>): boolean {
  return one.update.id === id && sameKernel(one.kernel, kernel);
}

export function sameKernel(one: KernelName, other: KernelName): boolean {
  return one.release === other.release && one.buildId === other.buildId;
}

function unfit({ kind }: JournalRecord, why: string): HostError {
  return new HostError('HOST_JOURNAL_DAMAGED', `the record "${kind}" cannot stand here: ${why}`);
}
