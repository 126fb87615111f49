// SPDX-License-Identifier: GPL-2.0-or-later
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, QUIET, UptideError, withLock, writeFileAtomically } from '@uptide/base';
import type { Update } from '@uptide/stream';
import { checkUpdate } from './check.ts';
import { HostError } from './error.ts';
import { explainRefusal } from './judge/kernel-words.ts';
import type { LiveUpdate } from './live-update.ts';
import { LIVEPATCH, liveUpdates } from './live-updates.ts';
import type { Machine } from './machine.ts';
import { recordFolder, removeRecord, writeRecord } from './records.ts';
import { removeModule } from './remove.ts';
import { blockersOf, type Patience, setEnabled, waitForTransition } from './transition.ts';

/** Seconds that a reversal is given, when the transition itself had less: it has less to do. */
const REVERT_SECONDS = 60;

export interface LoadOptions extends Patience {
  /** Load although the running code cannot be compared; code that differs is refused all the same. */
  readonly unmatched: boolean;
  /** Called when nothing speaks against loading, right before the kernel is touched; what it throws ends the way. */
  readonly beforeTouch?: () => Promise<void>;
}

/** How loading ended: `refused` before the kernel was touched, `reverted` after the time was over. */
export interface LoadOutcome {
  readonly state: 'live' | 'refused' | 'reverted';
  readonly name: string;
  readonly findings: readonly Finding[];
  /** Updates that this one took the place of. */
  readonly replaced: readonly string[];
  /** From the module's loading to the last task's switch; absent when it did not become live. */
  readonly milliseconds?: number;
}

/**
 * Loads an update: checks it against the running kernel, loads the module and waits until every task runs the new
 * code. A transition that does not end in time, or is interrupted, is reverted; none is ever forced.
 *
 * @throws HostError HOST_UNREADABLE, HOST_LOAD_REFUSED, HOST_NOT_LIVE, HOST_NOT_REVERTED, HOST_NOT_REMOVED,
 * HOST_DISABLE_REFUSED; UptideError INTERRUPTED after the reversal.
 */
export async function loadUpdate(
  machine: Machine,
  update: Update,
  options: LoadOptions,
): Promise<LoadOutcome> {
  const name = update.description.module;
  if (!machine.effects.isRoot()) {
    const { findings } = await checkUpdate(machine, update);
    return { state: 'refused', name, findings, replaced: [] };
  }
  return await withLock(join(await recordFolder(machine), 'lock'), async () => {
    const check = await options.reporter.step('compare with the running kernel', () =>
      checkUpdate(machine, update),
    );
    const findings = options.unmatched ? check.findings.map(withoutMatch) : check.findings;
    if (findings.some(({ verdict }) => verdict === 'refuse')) {
      return { state: 'refused', name, findings, replaced: [] };
    }
    const before = await liveUpdates(machine);
    await options.beforeTouch?.();
    const start = machine.effects.now();
    await writeRecord(machine, update.description, check.matched);
    await insert(machine, name, update.module);
    const blocked = await options.reporter.step('wait for every task', () => settle(machine, name, options));
    if (blocked !== undefined) {
      return { state: 'reverted', name, findings: [...findings, ...blocked], replaced: [] };
    }
    const milliseconds = Math.round(machine.effects.now() - start);
    return { state: 'live', name, findings, replaced: await removeReplaced(machine, before), milliseconds };
  });
}

function withoutMatch(finding: Finding): Finding {
  return finding.code === 'HOST_CODE_UNREADABLE' ? { ...finding, verdict: 'review' } : finding;
}

/** Loads the module from a file that only root can read and that goes at once. */
async function insert(machine: Machine, name: string, module: Uint8Array): Promise<void> {
  const { run } = machine.effects;
  const file = join(await recordFolder(machine), `${name}.ko`);
  const readLog = async (): Promise<string> =>
    (await run('dmesg', [], { anyStatus: true, package: 'util-linux' })).stdout.toString();
  try {
    await writeFileAtomically(file, module, 0o600);
    const before = await readLog();
    const { status, stderr } = await run('insmod', [file], { anyStatus: true, package: 'kmod' });
    if (status === 0) return;
    const reason = explainRefusal(stderr, before, await readLog());
    throw new HostError('HOST_LOAD_REFUSED', reason, { place: { object: name } });
  } catch (error) {
    await removeRecord(machine, name);
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Waits for the transition of a module that is being loaded, and reverts it when it does not end.
 *
 * @returns the tasks that held it up when it had to be reverted; undefined when it is live.
 * @throws as `loadUpdate`.
 */
export async function settle(
  machine: Machine,
  name: string,
  options: Patience,
): Promise<Finding[] | undefined> {
  try {
    const end = await waitForTransition(machine, name, 1, options);
    if (end === 'live') return undefined;
    if (end === 'gone') {
      await removeRecord(machine, name);
      const reason = `there is no /${LIVEPATCH}/${name}; its module is left as it is`;
      throw new HostError('HOST_NOT_LIVE', reason);
    }
    const blockers = await blockersOf(machine, name, 1);
    await revert(machine, name, options);
    return blockers;
  } catch (error) {
    if (error instanceof UptideError && error.code === 'INTERRUPTED') await revert(machine, name, options);
    throw error;
  }
}

/** Turns a transition round and removes the module. An interruption does not end this. */
async function revert(machine: Machine, name: string, { wait, reporter }: Patience): Promise<void> {
  reporter.note(`${name}: going back to the code before`);
  await setEnabled(machine, name, 0);
  const patience = {
    wait: wait === 'forever' ? REVERT_SECONDS : Math.max(wait, REVERT_SECONDS),
    reporter: QUIET,
    signal: new AbortController().signal,
  };
  if ((await waitForTransition(machine, name, 0, patience)) === 'expired') {
    const blockers = await blockersOf(machine, name, 0);
    throw new HostError('HOST_NOT_REVERTED', blockers.map(({ reason }) => reason).join('; '));
  }
  await removeModule(machine, name);
}

/** Every update replaces those before it: their modules lie idle then. */
async function removeReplaced(machine: Machine, before: readonly LiveUpdate[]): Promise<string[]> {
  const live = new Set((await liveUpdates(machine)).map(({ name }) => name));
  const replaced = before.map(({ name }) => name).filter((name) => !live.has(name));
  for (const name of replaced) await removeModule(machine, name);
  return replaced;
}
