// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, fileDigest, UptideError } from '@uptide/base';
import type { Update } from '@uptide/stream';
import { finding } from '../judge/fit.ts';
import { type LoadOptions, type LoadOutcome, loadUpdate } from '../load.ts';
import type { Machine } from '../machine.ts';
import type { Patience } from '../transition.ts';
import { judgeGate } from './decide/gate.ts';
import { type By, MAX_TITLE, type NamedUpdate } from './decide/record.ts';
import { enter, finishOpen, stamp } from './enter.ts';
import { noteSeen, readKillSwitches, readWatch } from './facts.ts';
import type { Entries, Journal } from './journal.ts';
import { look } from './look.ts';

export interface GuardedLoadOptions extends Omit<LoadOptions, 'beforeTouch'> {
  /** Who asks. With `boot`, only a trusted update is loaded. */
  readonly by: By;
  /** Digest of the .uptide file when it lies in the cache (`archivePath`); others cannot come back in the next boot. */
  readonly archive?: string;
  /** Makes of the module what this kernel takes: a signed one. */
  readonly sign?: (module: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Loads an update as `loadUpdate` does, with the guard before and behind it: nothing is loaded against a kill
 * switch, a quarantine or a stop; what is about to be done is on the disk before the kernel is touched, and how it
 * ended behind it. What is live then is on probation, unless it was trusted before.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED and HOST_JOURNAL_UNWRITABLE before the kernel is touched; and as
 * `loadUpdate`.
 */
export async function guardedLoad(
  machine: Machine,
  journal: Journal,
  update: Update,
  options: GuardedLoadOptions,
): Promise<LoadOutcome> {
  const name = update.description.module;
  const refused = (findings: readonly Finding[]): LoadOutcome => ({
    state: 'refused',
    name,
    findings,
    replaced: [],
  });
  // It refuses, and says what else speaks against it.
  if (!machine.effects.isRoot()) return await loadUpdate(machine, update, options);
  return await journal.write(async (entries) => {
    const { kernel } = await enter(machine, entries, options);
    const named = nameUpdate(update, options.archive);
    const switches = await readKillSwitches(machine);
    const against = judgeGate(entries.state, switches, kernel, named, options.by === 'boot');
    if (against.length > 0) return refused(against);
    const module = options.sign === undefined ? update.module : await options.sign(update.module);
    return await carryOut(machine, entries, { ...update, module }, named, options);
  });
}

async function carryOut(
  machine: Machine,
  entries: Entries,
  update: Update,
  named: NamedUpdate,
  options: GuardedLoadOptions,
): Promise<LoadOutcome> {
  const beforeTouch = async (): Promise<void> => {
    const boot = entries.state.boot?.boot ?? '';
    const watch = await readWatch(machine, boot);
    const { by } = options;
    const { marks } = watch;
    await entries.append({
      kind: 'intent',
      ...(await stamp(machine)),
      action: 'load',
      update: named,
      by,
      marks,
    });
    await noteSeen(machine, boot, watch);
  };
  const outcome = await settleErrors(machine, entries, options, () =>
    loadUpdate(machine, update, { ...options, beforeTouch }),
  );
  if (outcome.state === 'refused') return outcome;
  const { state: result, milliseconds } = outcome;
  const took = milliseconds === undefined ? {} : { milliseconds };
  await entries.append({ kind: 'outcome', ...(await stamp(machine)), result, ...took });
  const verdict = await look(machine, entries, undefined);
  if (verdict?.kind !== 'complaint') return outcome;
  const complaint = finding('HOST_KERNEL_COMPLAINS', 'review', verdict.lines.join('\n  '));
  return { ...outcome, findings: [...outcome.findings, complaint] };
}

/** Runs what touches the kernel; when it throws, writes down what became of the intent. */
export async function settleErrors<T>(
  machine: Machine,
  entries: Entries,
  options: Patience,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof UptideError ? error.code : 'INTERNAL';
    // An interruption must not keep the half-done from being finished.
    const patience = { ...options, signal: new AbortController().signal };
    try {
      await finishOpen(machine, entries, patience, code);
    } catch {
      // The first error is what went wrong. The intent stays open on the disk, and the next who enters ends it.
    }
    throw error;
  }
}

function nameUpdate({ description, module }: Update, archive: string | undefined): NamedUpdate {
  const { id, level, title } = description;
  const named = { id, level, title: title.slice(0, MAX_TITLE), module: description.module };
  const moduleSha256 = fileDigest(module);
  return archive === undefined ? { ...named, moduleSha256 } : { ...named, moduleSha256, archive };
}
