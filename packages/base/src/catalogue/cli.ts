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
  PROVE_OTHER_PREVIOUS: {
    exit: 'badInput',
    meaning: 'The update that was given as the level before is of another kernel, or is no earlier level.',
    remedy: 'Give an earlier level of the same series with --previous.',
  },
  PROVE_NO_SUCH_FIX: {
    exit: 'badInput',
    meaning: 'A probe was given for a fix that the update does not have.',
    remedy: 'uptide show lists the fixes of an update; give the probe as --probe FIX=FILE.',
  },
  PROVE_NO_SUCH_LOAD: {
    exit: 'badInput',
    meaning: 'A load was asked for that neither comes with Uptide nor is a script here.',
    remedy: 'Give files, network, processes, none, or the path of a shell script.',
  },
} as const satisfies Record<string, CatalogueEntry>;
