// SPDX-License-Identifier: GPL-2.0-or-later
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fields } from '@uptide/stream';
import { LIVEPATCH, liveUpdate, liveUpdates, OUR_MODULES } from '../live-updates.ts';
import { settle } from '../load.ts';
import type { Machine } from '../machine.ts';
import { recordFolder } from '../records.ts';
import { removeModule } from '../remove.ts';
import { type Patience, setEnabled, waitForTransition } from '../transition.ts';
import { MAX_TITLE, namedSchema, type OutcomeResult } from './decide/record.ts';
import { type BootFacts, bootFacts, readDumps, readWatch } from './facts.ts';
import type { Entries } from './journal.ts';

/** What insmod(8) may still be at when the process that started it was killed. */
const INSMOD_LOOKS = 50;
const LOOK_MILLISECONDS = 100;

/** The two times that every record has. */
export interface Stamp {
  readonly at: string;
  readonly uptime: number;
}

/** The time now, by the wall clock and by the boot. */
export async function stamp(machine: Machine): Promise<Stamp> {
  const { uptime } = await bootFacts(machine);
  return { at: momentOf(machine.effects.time()), uptime };
}

/** To the second and without fractions, as all moments of a stream are. */
function momentOf(milliseconds: number): string {
  return fields.moment.parse(`${new Date(milliseconds).toISOString().slice(0, 19)}Z`);
}

/**
 * Brings the journal up to the present: begins the boot if it is a new one, which judges the one before; takes back
 * the word that the machine is going down; finishes what a killed process left half done; and sees whether what should
 * be live is. Everything that writes into the journal does this first.
 *
 * @param patience undefined: what is half done stays so.
 * @throws HostError HOST_UNREADABLE, HOST_JOURNAL_UNWRITABLE, and those of a transition that must be reverted.
 */
export async function enter(
  machine: Machine,
  entries: Entries,
  patience: Patience | undefined,
): Promise<BootFacts> {
  const facts = await bootFacts(machine);
  const { boot } = entries.state;
  if (boot?.boot !== facts.boot) {
    const { dumps, evidence } = await readDumps(machine, boot?.dumps ?? []);
    const now = await stamp(machine);
    await entries.append({
      kind: 'boot',
      ...now,
      boot: facts.boot,
      kernel: facts.kernel,
      dumps,
      evidence: boot === undefined ? [] : evidence,
    });
  } else if (boot.shutdown !== undefined) {
    await entries.append({ kind: 'resumed', ...(await stamp(machine)) });
  }
  if (patience !== undefined) await finishOpen(machine, entries, patience);
  await compareLive(machine, entries, facts.boot);
  return facts;
}

/** Brings what the journal calls live together with what the kernel shows. */
async function compareLive(machine: Machine, entries: Entries, boot: string): Promise<void> {
  const updates = await liveUpdates(machine);
  const known = entries.state.boot?.live?.update.module;
  if (known !== undefined && !updates.some(({ name }) => name === known)) {
    await entries.append({ kind: 'gone', ...(await stamp(machine)) });
  }
  if (entries.state.boot?.live !== undefined || entries.state.boot?.open !== undefined) return;
  const records = updates.flatMap(({ enabled, inTransition, record }) =>
    enabled && !inTransition && record !== undefined ? [record] : [],
  );
  for (const { id, level, title, module } of records.slice(0, 1)) {
    const update = namedSchema.safeParse({ id, level, title: title.slice(0, MAX_TITLE), module });
    if (!update.success) continue;
    const { marks } = await readWatch(machine, boot);
    await entries.append({ kind: 'found', ...(await stamp(machine)), update: update.data, marks });
  }
}

/**
 * Ends an intent whose process was killed or failed: looks what became of it, and leaves nothing half done.
 *
 * @param code of the error with which it failed; undefined when it was killed.
 */
export async function finishOpen(
  machine: Machine,
  entries: Entries,
  patience: Patience,
  code?: string,
): Promise<void> {
  const open = entries.state.boot?.open;
  if (open === undefined) return;
  const { module } = open.update;
  const found =
    open.action === 'load'
      ? await finishLoad(machine, module, patience)
      : await finishUnload(machine, module, patience);
  const refused = found === 'interrupted' && code !== undefined && code !== 'INTERRUPTED';
  const result = refused ? 'failed' : found;
  await removeIdle(machine);
  await rm(join(await recordFolder(machine), `${module}.ko`), { force: true });
  const why = code === undefined ? {} : { code };
  await entries.append({ kind: 'outcome', ...(await stamp(machine)), result, ...why });
}

async function finishLoad(machine: Machine, module: string, patience: Patience): Promise<OutcomeResult> {
  for (let look = 0; look < INSMOD_LOOKS; look += 1) {
    if ((await liveUpdate(machine, module)) !== undefined) break;
    if ((await machine.text(`sys/module/${module}/initstate`))?.trim() !== 'coming') break;
    await machine.effects.sleep(LOOK_MILLISECONDS);
  }
  const update = await liveUpdate(machine, module);
  if (update === undefined) return 'interrupted';
  if (update.enabled) return (await settle(machine, module, patience)) === undefined ? 'live' : 'reverted';
  await waitForTransition(machine, module, 0, patience);
  return 'reverted';
}

async function finishUnload(machine: Machine, module: string, patience: Patience): Promise<OutcomeResult> {
  const update = await liveUpdate(machine, module);
  if (update === undefined) return 'unloaded';
  if (!update.enabled && (await waitForTransition(machine, module, 0, patience)) === 'gone')
    return 'unloaded';
  await setEnabled(machine, module, 1);
  return 'kept';
}

/** Removes modules of ours that klp does not list: they were replaced, or never became live. */
async function removeIdle(machine: Machine): Promise<void> {
  const listed = new Set((await machine.folders(LIVEPATCH)) ?? []);
  for (const name of (await machine.folders('sys/module')) ?? []) {
    if (OUR_MODULES.test(name) && !listed.has(name)) await removeModule(machine, name);
  }
}
