// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';
import { STREAM_FEED_ERRORS } from './stream-feeds.ts';

const damaged = {
  exit: 'badInput',
  remedy: 'The file is damaged or was not made by Uptide; take it again from where it came.',
} as const;

export const STREAM_ERRORS = {
  ...STREAM_FEED_ERRORS,
  UPDATE_TRUNCATED: { ...damaged, meaning: 'The update ends before its archive does.' },
  UPDATE_TOO_LARGE: {
    exit: 'badInput',
    meaning: 'The update, or a part of it, is over the bound that the format keeps.',
    remedy: 'The message names the bound; a real update of this size is worth a report.',
  },
  UPDATE_BAD_ARCHIVE: {
    ...damaged,
    meaning: 'The update is not the one tar archive that its files have: it was changed or repacked.',
  },
  UPDATE_BAD_PATH: { ...damaged, meaning: 'The archive names a file outside the places that an update has.' },
  UPDATE_DUPLICATE_FILE: { ...damaged, meaning: 'The archive or its list of files names a file twice.' },
  UPDATE_NO_DESCRIPTION: { ...damaged, meaning: 'The first file of the archive is not update.json.' },
  UPDATE_BAD_DESCRIPTION: {
    ...damaged,
    meaning: 'The description of the update is not JSON of the form that its schema version says.',
  },
  UPDATE_SCHEMA_UNKNOWN: {
    exit: 'badInput',
    meaning: 'The update has a schema version that this Uptide does not know.',
    remedy: 'Install the Uptide that made the update, or a later one.',
  },
  UPDATE_MISSING_FILE: {
    ...damaged,
    meaning: 'The description lists a file that the archive does not have.',
  },
  UPDATE_UNLISTED_FILE: { ...damaged, meaning: 'The archive has a file that its description does not list.' },
  UPDATE_WRONG_DIGEST: {
    ...damaged,
    meaning: 'A file of the archive does not have the size and digest that the description says.',
  },
  UPDATE_UNWRITABLE: {
    exit: 'internal',
    meaning: 'An update was to be written that no reader would accept.',
    remedy: 'Report it with the printed reason.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Every code of the room `stream`. */
export type StreamCode = keyof typeof STREAM_ERRORS;
