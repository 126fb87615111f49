// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';
import { STREAM_FEED_ERRORS } from './stream-feeds.ts';
import { STREAM_MIRROR_ERRORS } from './stream-mirror.ts';
import { STREAM_PUBLISH_ERRORS } from './stream-publish.ts';

const damaged = {
  exit: 'badInput',
  remedy: 'The file is damaged or was not made by Uptide; take it again from where it came.',
} as const;

/** What a source sent is not what the keys of the stream signed: never believed, whoever sent it. */
const forged = {
  exit: 'badInput',
  remedy:
    'Nothing of it was believed and what is live stays. Ask another mirror; when all say the same, tell those who run the stream.',
} as const;

export const STREAM_ERRORS = {
  ...STREAM_FEED_ERRORS,
  ...STREAM_PUBLISH_ERRORS,
  ...STREAM_MIRROR_ERRORS,
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
  STREAM_UNREACHABLE: {
    exit: 'machine',
    meaning: 'The source of the stream cannot be reached, or does not answer as a server of files does.',
    remedy: 'See whether the address, the network and the proxy are right; the next check tries again.',
  },
  STREAM_TOO_SLOW: {
    exit: 'machine',
    meaning: 'The source sends so slowly that waiting for it would hold updates back without end.',
    remedy: 'Use another mirror.',
  },
  STREAM_ENDLESS_DATA: {
    ...forged,
    meaning: 'A file of the stream has more bytes than it may have; reading stopped there.',
  },
  STREAM_BAD_ADDRESS: {
    exit: 'usage',
    meaning: 'What is named as a stream, a mirror or a proxy is no address that can be used.',
    remedy: 'Name an http or https address or a folder; a proxy is an http, https or socks5 address.',
  },
  STREAM_NOT_FOUND: {
    exit: 'badInput',
    meaning: 'The source does not have a file that the signed metadata names.',
    remedy: 'The mirror is not complete: use another one, or wait until it has caught up.',
  },
  STREAM_TRUNCATED: { ...forged, meaning: 'A file of the stream ends too early.' },
  STREAM_WRONG_HASH: {
    ...forged,
    meaning: 'A file of the stream has the right length, but not the digest that was signed for it.',
  },
  STREAM_BAD_METADATA: {
    ...forged,
    meaning: 'Metadata of the stream is not of the form that TUF gives it, or breaks a bound on it.',
  },
  STREAM_TOO_LARGE: {
    ...forged,
    meaning: 'Metadata of the stream is over a bound: bytes, entries, keys or delegations.',
  },
  STREAM_WRONG_KEY: {
    ...forged,
    meaning: 'Metadata of the stream is signed by none of the keys of its role.',
  },
  STREAM_UNDER_THRESHOLD: {
    ...forged,
    meaning: 'Metadata of the stream has fewer good signatures than its role needs.',
  },
  STREAM_ROLLBACK: {
    ...forged,
    meaning: 'The source serves metadata that is older than what was trusted before.',
  },
  STREAM_MIXED: {
    ...forged,
    meaning: 'The source serves metadata files that do not belong together.',
  },
  STREAM_EXPIRED: {
    exit: 'badInput',
    meaning:
      'The newest metadata that the source has is past its end: it is held back, or nobody signs any more.',
    remedy:
      'What is live stays; nothing new is believed. Ask another mirror and see that the clock is right; else ask those who run the stream.',
  },
  STREAM_CLOCK_BACK: {
    exit: 'machine',
    meaning:
      'The clock of this machine is behind a time that it has shown before, so nothing can be said of expiry.',
    remedy: 'Set the clock right. When the earlier time was the wrong one, subscribe to the stream anew.',
  },
  STREAM_NO_TARGET: {
    exit: 'badInput',
    meaning: 'No role of the stream that may sign for this file lists it.',
    remedy: 'See whether the name is right and the stream carries this kernel.',
  },
  STREAM_NO_ROOT: {
    exit: 'badInput',
    meaning: 'There is no root from which trust in this stream could begin.',
    remedy: 'Subscribe to the stream with the root file that its makers published.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Every code of the room `stream`. */
export type StreamCode = keyof typeof STREAM_ERRORS;
