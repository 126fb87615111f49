// SPDX-License-Identifier: GPL-2.0-or-later
import { randomBytes } from 'node:crypto';
import type { Machine } from '../machine.ts';
import { FILES } from './files.ts';
import { writeStored } from './store.ts';

const BYTES = 32;

/**
 * The secret that gives this host its place in waves; undefined when there is none yet, or it cannot be read, as by
 * a user other than root.
 */
export async function readSecret(machine: Machine): Promise<Uint8Array | undefined> {
  try {
    const bytes = await machine.bytes(FILES.secret);
    return bytes?.length === BYTES ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the secret where there is none; held by the agent's lock, so that no two are made. */
export async function ensureSecret(machine: Machine): Promise<Uint8Array> {
  const known = await readSecret(machine);
  if (known !== undefined) return known;
  const secret = randomBytes(BYTES);
  await writeStored(machine, FILES.secret, secret, 0o600);
  return secret;
}
