// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can be said of a series: the fixes of one kernel release, which are its levels. */
export const SERIES_ERRORS = {
  SERIES_INVALID: {
    exit: 'badInput',
    meaning: 'A series.yaml is not in the form that docs/series.md describes.',
    remedy: 'Correct the place that is named; docs/series.md has an example.',
  },
  SERIES_LOCK_INVALID: {
    exit: 'badInput',
    meaning: 'A series.lock.json cannot be read, so nothing can be said of the levels that are published.',
    remedy: 'Restore the file from version control; never write it by hand.',
  },
  SERIES_LEVEL_CHANGED: {
    exit: 'refused',
    meaning:
      'A level that is published would become another: machines run it, and what they run must stay known.',
    remedy: 'Restore what was changed, and make the correction a new entry at the end of the series.',
  },
  SERIES_STATE_LOST: {
    exit: 'refused',
    meaning:
      'A level lacks a state of the level before it, or has an older version of it; klp would refuse the replacement.',
    remedy: 'Keep UPTIDE_STATE of the earlier patch in the later ones, in the same version or a newer one.',
  },
  SERIES_ONE_WAY: {
    exit: 'refused',
    meaning:
      'A level has a state that the level before it does not know in that version: klp does not go back from one to the other.',
    remedy:
      'To leave the level, unload it and load the earlier one, or follow it with a level that undoes the fix.',
  },
  SERIES_CALLBACK_LOST: {
    exit: 'refused',
    meaning:
      'A level has no callback of the kind by which the level before it undoes something; klp does not call those of the level that is replaced.',
    remedy:
      'Keep the callback in the later patches, or do in a callback of the new level what it would have done.',
  },
  SERIES_CALLBACK_KEPT: {
    exit: 'refused',
    meaning:
      'A level has a callback that the level before it has not: when that one replaces it again, what the callback did stays.',
    remedy:
      'Say so with UPTIDE_STATE, and klp does not go back; or see to it that the level before can live with it.',
  },
} as const satisfies Record<string, CatalogueEntry>;
