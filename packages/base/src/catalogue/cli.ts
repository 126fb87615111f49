// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

export const CLI_ERRORS = {
  VERIFY_DIFFERS: {
    exit: 'noMatch',
    meaning: 'An update is not what its own sources give when it is made again.',
    remedy: 'Do not load it; ask whoever made it how it was made.',
  },
  VERIFY_OTHER_KERNEL: {
    exit: 'kernelNotAvailable',
    meaning:
      'The kernel in the store has the release that the update names, and is not the one it was made for.',
    remedy:
      'Add that kernel to another store (--store), from the packages and with the compiler that uptide show names.',
  },
  VERIFY_OTHER_TOOL: {
    exit: 'machine',
    meaning: 'The update was made by another Uptide than this one, so a rebuild here would tell nothing.',
    remedy: 'Verify it with the Uptide that made it.',
  },
  VERIFY_OTHER_PROOF: {
    exit: 'badInput',
    meaning: 'The proof in an update cannot be read, or is of another module or kernel.',
    remedy: 'Prove the update again: uptide prove --attach.',
  },
} as const satisfies Record<string, CatalogueEntry>;
