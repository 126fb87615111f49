// SPDX-License-Identifier: GPL-2.0-or-later
import { MAX_MIRROR_FILE_BYTES, MIRROR_FILE, mirrorFileSchema } from '../formats/mirror-file.ts';
import { carries } from '../mirror/filter.ts';
import type { Source } from '../trust/model.ts';

/**
 * Whether the source says of itself that it does not carry a target. Nobody signed that, and nothing is decided by it:
 * the target is not there either way, and this says in which words to tell it.
 */
export async function saysNotMirrored(source: Source, path: string): Promise<boolean> {
  try {
    const bytes = await source.read(MIRROR_FILE, MAX_MIRROR_FILE_BYTES);
    if (bytes === undefined) return false;
    const read = mirrorFileSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return read.success && !carries(read.data.carries, path);
  } catch {
    // A source that fails here says nothing; what it failed at before is told.
    return false;
  }
}
