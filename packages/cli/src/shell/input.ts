// SPDX-License-Identifier: GPL-2.0-or-later
import { open } from 'node:fs/promises';
import { UptideError } from '@uptide/base';

/** Over any patch, object or update that there is; what is named by mistake is not read into memory. */
const MAX_INPUT_BYTES = 512 * 1024 * 1024;

/**
 * Reads a file that the user named.
 *
 * @throws UptideError FILE_UNREADABLE when it is not there, is no file, is too large or cannot be read.
 */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const facts = await file.stat();
      if (facts.isDirectory()) throw unreadable(path, 'this is a folder');
      if (facts.size > MAX_INPUT_BYTES)
        throw unreadable(path, `this is larger than ${MAX_INPUT_BYTES} bytes`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UptideError) throw error;
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
}

/** Reads patch files that the user named, in their order. */
export async function readPatches(
  paths: readonly string[],
): Promise<readonly { readonly path: string; readonly bytes: Uint8Array }[]> {
  return await Promise.all(paths.map(async (path) => ({ path, bytes: await readInput(path) })));
}

function unreadable(path: string, reason: string, cause?: unknown): UptideError {
  return new UptideError('FILE_UNREADABLE', reason, { place: { file: path }, cause });
}
