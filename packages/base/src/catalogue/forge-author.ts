// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can be said of the marks that the author of a patch leaves (kernel-side/include/uptide.h). */
export const FORGE_AUTHOR_ERRORS = {
  AUTHOR_MARK_UNKNOWN: {
    exit: 'refused',
    meaning: 'A mark of uptide.h cannot be read.',
    remedy: 'Use the macros of uptide.h, with functions and variables of the same file.',
  },
  AUTHOR_CALLBACK_TWICE: {
    exit: 'refused',
    meaning: 'An object has two callbacks of one kind; klp calls one.',
    remedy: 'Call both from one function.',
  },
  AUTHOR_IGNORED: {
    exit: 'refused',
    meaning: 'The author of the patch left a change out of the live update, with a reason.',
    remedy: 'Read the reason.',
  },
  AUTHOR_IGNORE_IDLE: {
    exit: 'refused',
    meaning: 'Something is marked to be ignored and did not change.',
    remedy: 'Take the mark out, or name what was meant.',
  },
} as const satisfies Record<string, CatalogueEntry>;
