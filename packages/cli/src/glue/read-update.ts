// SPDX-License-Identifier: GPL-2.0-or-later
import { decodeUpdate, StreamError, type Update } from '@uptide/stream';
import { readInput } from '../shell/input.ts';

/**
 * Reads an update that the user named.
 *
 * @throws UptideError FILE_UNREADABLE; StreamError as `decodeUpdate`, with the file that the user named as its place
 */
export async function readUpdate(path: string): Promise<Update> {
  return updateIn(await readInput(path), path);
}

/** The update that the bytes of a file are. */
export function updateIn(bytes: Uint8Array, path: string): Update {
  try {
    return decodeUpdate(bytes);
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    const { file, ...place } = error.place;
    const inside = file === undefined ? error.message : `${file}: ${error.message}`;
    throw new StreamError(error.code, inside, { cause: error, place: { ...place, file: path } });
  }
}
