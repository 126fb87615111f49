// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@uptide/base';
import type { z } from 'zod';
import { HostError } from '../error.ts';
import { codeOf, type Machine } from '../machine.ts';

/** Reads a JSON file of the agent; undefined when it is not there, or is none that this version wrote. */
export async function readStored<T>(
  machine: Machine,
  path: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const text = await machine.text(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Writes a file of the agent as a whole, with its folder.
 *
 * @throws HostError HOST_NOT_ROOT when only root may write there.
 */
export async function writeStored(
  machine: Machine,
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const file = machine.path(path);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFileAtomically(file, content, mode);
  } catch (cause) {
    if (codeOf(cause) !== 'EACCES' && codeOf(cause) !== 'EPERM') throw cause;
    throw new HostError('HOST_NOT_ROOT', `/${path} cannot be written`, { cause });
  }
}

export async function removeStored(machine: Machine, path: string): Promise<void> {
  await rm(machine.path(path), { force: true });
}
