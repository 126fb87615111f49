// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream init`: a new repository, whose first roles wait for their signatures. */
import { type Founding, foundStream } from '../repository/found.ts';
import { read } from '../repository/schema.ts';
import { type Settings, settingsSchema } from '../repository/settings.ts';
import { printJson } from '../update/json.ts';
import type { Disk } from './disk.ts';
import { createRepository } from './repository.ts';

/**
 * Makes a repository in a folder that has none; the folder may hold keys already.
 *
 * @param expiryDays those that are not the usual ones.
 * @throws StreamError STREAM_EXISTS, STREAM_BAD_THRESHOLD, STREAM_BAD_SERIES, STREAM_BAD_FILE for settings out of
 * their bounds.
 */
export async function initRepository(
  folder: string,
  founding: Founding,
  settings: {
    readonly name: string;
    readonly home?: string | undefined;
    readonly binSize?: number | undefined;
    readonly expiryDays?: Partial<Settings['expiryDays']>;
  },
  now: number,
  disk?: Disk,
): Promise<void> {
  const { name, home, binSize, expiryDays = {} } = settings;
  const checked = read(
    settingsSchema,
    printJson({
      schema: 1,
      name,
      expiryDays,
      ...(home === undefined ? {} : { home }),
      ...(binSize === undefined ? {} : { binSize }),
    }),
    'stream.json',
  );
  await createRepository(folder, checked, foundStream(founding, checked, now), disk);
}
