// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can be said of a maker's notes on CVEs. */
export const STREAM_FEED_ERRORS = {
  STREAM_NOTES_INVALID: {
    exit: 'badInput',
    meaning: 'The notes on CVEs are not in the form that docs/stream.md describes.',
    remedy: 'Correct the place that is named; docs/stream.md has an example under "Feeds".',
  },
  STREAM_NOTES_REWRITTEN: {
    exit: 'refused',
    meaning: 'Notes on CVEs that were published would change or go; their history is told to others.',
    remedy: 'Restore the notes that were there and say what is new in a note at the end.',
  },
  STREAM_NOTE_CONTRADICTS: {
    exit: 'refused',
    meaning: 'A note on a CVE says something else than the levels of the kernel do.',
    remedy: 'Add a note at the end that agrees with the levels, or take the wrong one out.',
  },
} as const satisfies Record<string, CatalogueEntry>;
