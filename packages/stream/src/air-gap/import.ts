// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '../error.ts';
import { type MirrorOptions, type MirrorReport, mirrorStream } from '../mirror/mirror.ts';
import type { Source } from '../trust/model.ts';
import { type Archive, openArchive } from './archive.ts';
import { endOfDay, MAX_LATENESS } from './lateness.ts';

export interface ImportOptions
  extends Omit<MirrorOptions, 'source' | 'filter' | 'verify' | 'pruneAfter' | 'late'> {
  /** The export. */
  readonly file: string;
  /** The mirror that it brings up to date. */
  readonly folder: string;
}

/**
 * Brings a mirror up to what an export has. The export is verified twice before anything in the mirror is replaced: as
 * a file, by the digests in it, and as a stream, by the root that the mirror pinned.
 *
 * @throws StreamError STREAM_EXPORT_DAMAGED, STREAM_EXPORT_EXPIRED, STREAM_ROLLBACK when it is older than what is there,
 * and what `mirrorStream` throws.
 */
export async function importStream({ file, ...options }: ImportOptions): Promise<MirrorReport> {
  const archive = await openArchive(file);
  try {
    const { expires, carries } = archive.described;
    if (endOfDay(expires) <= options.now()) {
      throw new StreamError('STREAM_EXPORT_EXPIRED', `it could be imported until ${expires}`, {
        place: { file },
      });
    }
    await archive.verify();
    return await mirrorStream({
      ...options,
      source: archiveSource(file, archive),
      filter: carries,
      late: MAX_LATENESS,
    });
  } finally {
    await archive.close();
  }
}

function archiveSource(file: string, archive: Archive): Source {
  return {
    name: file,
    read: async (path, limit) => {
      const bytes = await archive.read(decodeURIComponent(path));
      if (bytes === undefined || bytes.length <= limit) return bytes;
      throw new StreamError('STREAM_ENDLESS_DATA', `more than ${limit} bytes`, { place: { file: path } });
    },
  };
}
