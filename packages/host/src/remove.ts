// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from './error.ts';
import type { Machine } from './machine.ts';
import { removeRecord } from './records.ts';

/** The kernel drops its own hold on the module a moment after the transition (klp_free_patch_work_fn). */
const TRIES = 50;
const TRY_MILLISECONDS = 100;

/**
 * Removes the module of an update that is no longer live, and its record.
 *
 * @throws HostError HOST_NOT_REMOVED with the words of rmmod.
 */
export async function removeModule(machine: Machine, name: string): Promise<void> {
  const { run, sleep } = machine.effects;
  let words = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    if ((await machine.folders(`sys/module/${name}`)) === undefined) {
      await removeRecord(machine, name);
      return;
    }
    const { status, stderr } = await run('rmmod', [name], { anyStatus: true, package: 'kmod' });
    if (status !== 0) {
      words = stderr.trim();
      await sleep(TRY_MILLISECONDS);
    }
  }
  throw new HostError('HOST_NOT_REMOVED', `${name}: ${words}`);
}
