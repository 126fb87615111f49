// SPDX-License-Identifier: GPL-2.0-or-later
import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UptideError, writeFileAtomically } from '@uptide/base';

/**
 * Sees to it that a result can be written before work is spent on it.
 *
 * @throws UptideError FILE_UNWRITABLE when the folder is not there or not writable, or the path is a folder.
 */
export async function requireWritable(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UptideError('FILE_UNWRITABLE', `the folder ${folder} is not there or cannot be written to`, {
      place: { file: path },
      cause,
    });
  }
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory() === true) {
    throw new UptideError('FILE_UNWRITABLE', 'this is a folder', { place: { file: path } });
  }
}

/**
 * Sees to it that a result does not take the place of what it is made from, under whatever name.
 *
 * @throws UptideError FILE_UNWRITABLE
 */
export async function requireOtherFile(path: string, inputs: readonly string[]): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  if (target === undefined) return;
  for (const input of inputs) {
    const facts = await stat(input).catch(() => undefined);
    if (facts?.ino !== target.ino || facts.dev !== target.dev) continue;
    throw new UptideError('FILE_UNWRITABLE', `this is ${input} itself`, {
      place: { file: path },
      remedy: 'Name another file for the result.',
    });
  }
}

/** Writes a result: at every moment the path holds what it held before, or the whole result. */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  await requireWritable(path);
  await writeFileAtomically(path, bytes);
}
