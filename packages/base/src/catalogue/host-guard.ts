// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What the guard of a host says: it loads nothing, or it has seen what a person must look at. */
export const HOST_GUARD_ERRORS = {
  HOST_SWITCHED_OFF: {
    exit: 'refused',
    meaning:
      'A kill switch is set: /etc/uptide/disable is there, or uptide= is on the command line of the kernel.',
    remedy: 'Remove the file, or boot without the parameter, when updates are to be loaded again.',
  },
  HOST_STOPPED: {
    exit: 'machine',
    meaning: 'Boots in a row ended without a clean shutdown; nothing is loaded until somebody has looked.',
    remedy: 'Find out why the machine went down; then uptide doctor --clear.',
  },
  HOST_QUARANTINED: {
    exit: 'refused',
    meaning:
      'The update made this machine fail with this kernel, or was new when it failed; it is not loaded again.',
    remedy: 'Wait for the next level, or look into the reason and end the quarantine: uptide doctor --clear.',
  },
  HOST_NOT_TRUSTED: {
    exit: 'refused',
    meaning: 'Early in a boot only updates are loaded that have passed their probation on this kernel.',
    remedy: 'Nothing is to be done; the agent loads it later in the boot.',
  },
  HOST_BLOCKED: {
    exit: 'refused',
    meaning: 'The maker of the stream blocks a level on this machine.',
    remedy: 'Read the reason; a later level lifts the block, and some blocks end with a reboot.',
  },
  HOST_CACHE: {
    exit: 'machine',
    meaning:
      'An update that was trusted cannot be taken from the cache: it is not there, or not what it was.',
    remedy: 'uptide upgrade fetches it again.',
  },
  HOST_KERNEL_COMPLAINS: {
    exit: 'machine',
    meaning:
      'The kernel complained after the update was loaded. The update stays live and is not loaded in the next boot.',
    remedy:
      'Look at the kernel log and plan a reboot. It is not unloaded by itself: a kernel that is broken may not survive that.',
  },
  HOST_JOURNAL_DAMAGED: {
    exit: 'machine',
    meaning: 'The journal of what was loaded cannot be believed; nothing is loaded until it is put aside.',
    remedy: 'Check the disk; then uptide doctor --clear puts the journal aside and begins a new one.',
  },
  HOST_JOURNAL_UNWRITABLE: {
    exit: 'machine',
    meaning: 'The journal cannot be written to; the kernel is not touched without a note of it on the disk.',
    remedy: 'Make room, or make /var/lib/uptide writable.',
  },
} as const satisfies Record<string, CatalogueEntry>;
