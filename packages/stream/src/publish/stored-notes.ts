// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { StreamError } from '../error.ts';
import { type CveNote, MAX_NOTES, readNotes } from '../feeds/notes.ts';
import type { Repository } from './repository.ts';

/** A note has some 300 bytes, and may have 8,000. */
const MAX_NOTES_BYTES = MAX_NOTES * 1000;

/**
 * The notes that a repository keeps for a kernel release; none when it keeps none.
 *
 * @throws StreamError STREAM_NOTES_INVALID when somebody changed the file by hand.
 */
export async function storedNotes(
  { folder, disk }: Pick<Repository, 'folder' | 'disk'>,
  release: string,
): Promise<readonly CveNote[]> {
  const file = join(folder, 'notes', `${release}.json`);
  const bytes = await disk.read(file, MAX_NOTES_BYTES);
  if (bytes === undefined) return [];
  try {
    return readNotes(JSON.parse(new TextDecoder().decode(bytes)), file).notes;
  } catch (error) {
    if (error instanceof StreamError) throw error;
    throw new StreamError('STREAM_NOTES_INVALID', 'this is not JSON', { place: { file }, cause: error });
  }
}
