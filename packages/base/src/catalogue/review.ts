// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can be said of sign-offs: people's answers to `review` findings; docs/review.md tells how they are kept. */
export const REVIEW_ERRORS = {
  REVIEW_OPEN: {
    exit: 'refused',
    meaning: 'A finding that a person must judge is not signed off.',
    remedy: 'Judge it with uptide review, or say with --unreviewed WORDS why it goes unjudged.',
  },
  REVIEW_FILE_INVALID: {
    exit: 'badInput',
    meaning: 'A file with sign-offs is not in the form that docs/review.md describes.',
    remedy: 'Restore the file from version control, or remove it and judge the findings again.',
  },
  REVIEW_UNKNOWN_FINDING: {
    exit: 'usage',
    meaning: 'No finding of that id waits for a judgement.',
    remedy: 'See uptide review --list.',
  },
  REVIEW_NO_NAME: {
    exit: 'usage',
    meaning: 'It is not known who signs off.',
    remedy: 'Say it with --name, or set user.name of git.',
  },
  REVIEW_BAD_WORDS: {
    exit: 'usage',
    meaning: 'A name or a reason is empty, too long, or not one line of text.',
    remedy: 'Say in one line why the finding does no harm.',
  },
  REVIEW_NO_TERMINAL: {
    exit: 'usage',
    meaning: 'Findings are walked through at a terminal, and there is none.',
    remedy: 'Use --list, and --accept ID --reason TEXT.',
  },
} as const satisfies Record<string, CatalogueEntry>;
