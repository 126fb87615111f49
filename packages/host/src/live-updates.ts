// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from './error.ts';
import type { LiveFunction, LiveObject, LiveUpdate } from './live-update.ts';
import type { Machine } from './machine.ts';
import { readRecord } from './records.ts';

/** Documentation/ABI/testing/sysfs-kernel-livepatch. */
export const LIVEPATCH = 'sys/kernel/livepatch';

/** How the modules of updates begin; one that was loaded by hand has no record. */
export const OUR_MODULES = /^uptide_/;

/**
 * The live updates that are loaded, sorted by name, whoever made them.
 *
 * @throws HostError HOST_UNREADABLE when the kernel's list is not of the known form.
 */
export async function liveUpdates(machine: Machine): Promise<LiveUpdate[]> {
  const names = (await machine.folders(LIVEPATCH)) ?? [];
  const updates = await Promise.all(names.map((name) => liveUpdate(machine, name)));
  return updates.filter((update) => update !== undefined);
}

/** One live update; undefined when none of that name is loaded. */
export async function liveUpdate(machine: Machine, name: string): Promise<LiveUpdate | undefined> {
  const folder = `${LIVEPATCH}/${name}`;
  const [enabled, inTransition, objects, record] = await Promise.all([
    flag(machine, `${folder}/enabled`),
    flag(machine, `${folder}/transition`),
    machine.folders(folder),
    readRecord(machine, name),
  ]);
  if (enabled === undefined || inTransition === undefined || objects === undefined) return undefined;
  return {
    name,
    ours: record !== undefined || OUR_MODULES.test(name),
    enabled,
    inTransition,
    objects: await Promise.all(objects.map((object) => liveObject(machine, folder, object))),
    ...(record === undefined ? {} : { record }),
  };
}

async function liveObject(machine: Machine, folder: string, name: string): Promise<LiveObject> {
  const functions = (await machine.folders(`${folder}/${name}`)) ?? [];
  return { name, functions: functions.flatMap(toFunction) };
}

/** A folder `NAME,POSITION` (klp_init_func). */
function toFunction(folder: string): LiveFunction[] {
  const [, name, position] = /^(.+),(\d{1,9})$/.exec(folder) ?? [];
  return name === undefined ? [] : [{ name, position: Number(position) }];
}

/** A file of sysfs that holds 0 or 1; undefined when it is not there. */
async function flag(machine: Machine, path: string): Promise<boolean | undefined> {
  const text = (await machine.text(path))?.trim();
  if (text === undefined) return undefined;
  if (text === '0' || text === '1') return text === '1';
  throw new HostError('HOST_UNREADABLE', 'this is neither 0 nor 1', { place: { file: `/${path}` } });
}
