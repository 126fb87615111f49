// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What the rules of the examination can say of a patch; docs/examination.md says what each looks for. */
export const FORGE_EXAMINE_ERRORS = {
  EXAMINE_LOCKS_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function takes or releases other locks than before.',
    remedy:
      'While the update is applied, some tasks run the old code and some the new: check that both keep the same data safe, that the order of the locks stays the same, and that no lock is taken by one and released by the other.',
  },
  EXAMINE_REFERENCES_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function takes or drops other references than before.',
    remedy:
      'Objects that the old code took live on: check that the new code does not drop what the old one never took, and that what the old one took is still dropped.',
  },
  EXAMINE_MAY_SLEEP: {
    exit: 'refused',
    meaning:
      'A function that holds a spinlock, or that disables bottom halves, has a new call that may sleep.',
    remedy: 'Check that the call stands where no spinlock is held and preemption is enabled.',
  },
  EXAMINE_LONG_SLEEPER: {
    exit: 'refused',
    meaning: 'A changed function may stay on the stack of a sleeping task for any time.',
    remedy:
      'The transition does not end while a task sleeps in the old function: load the update on a machine with real work, or move the change to a function that returns.',
  },
  EXAMINE_PROTOTYPE_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function that other code can reach has other parameters or returns something else.',
    remedy:
      'Check every caller that the update does not replace, modules from elsewhere among them; a function of a new name beside the old one is safe.',
  },
  EXAMINE_ALREADY_RAN: {
    exit: 'refused',
    meaning: 'A changed function has done its work before the update is loaded.',
    remedy:
      'Check that what the old code set up is safe; else set it right from a pre_patch callback (docs/authors.md).',
  },
} as const satisfies Record<string, CatalogueEntry>;
