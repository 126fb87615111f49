// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, rm } from 'node:fs/promises';
import { writeFileAtomically } from '@uptide/base';
import type { Description } from '@uptide/stream';
import type { LoadRecord } from './live-update.ts';
import type { Machine } from './machine.ts';

/** Lies in memory and ends with the boot, as do the updates that it tells of. */
const FOLDER = 'run/uptide';

/** Where the folder of records and of the lock lies; it is made when it is not there. */
export async function recordFolder(machine: Machine): Promise<string> {
  const folder = machine.path(FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** What is kept of an update; written before the kernel is touched. */
export async function writeRecord(
  machine: Machine,
  { module, id, level, title, cves, states = [] }: Description,
  matched: boolean,
): Promise<void> {
  const record: LoadRecord = { schema: 1, module, id, level, title, cves, matched, states };
  await recordFolder(machine);
  await writeFileAtomically(fileOf(machine, module), `${JSON.stringify(record)}\n`);
}

/** The record of a module; undefined when there is none, or none that this version can read. */
export async function readRecord(machine: Machine, module: string): Promise<LoadRecord | undefined> {
  const text = await machine.hint(`${FOLDER}/${module}.json`);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value, module) ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function removeRecord(machine: Machine, module: string): Promise<void> {
  await rm(fileOf(machine, module), { force: true });
}

function fileOf(machine: Machine, module: string): string {
  return machine.path(`${FOLDER}/${module}.json`);
}

function isRecord(value: unknown, module: string): value is LoadRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof LoadRecord, unknown>> = value;
  return (
    fields.schema === 1 &&
    fields.module === module &&
    typeof fields.id === 'string' &&
    typeof fields.level === 'number' &&
    typeof fields.title === 'string' &&
    typeof fields.matched === 'boolean' &&
    Array.isArray(fields.cves) &&
    fields.cves.every((cve) => typeof cve === 'string') &&
    (fields.states === undefined || (Array.isArray(fields.states) && fields.states.every(isState)))
  );
}

function isState(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, version }: { id?: unknown; version?: unknown } = value;
  return typeof id === 'string' && typeof version === 'number';
}
