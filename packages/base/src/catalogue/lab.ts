// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';
import { LAB_PROOF_ERRORS } from './lab-proof.ts';

export const LAB_ERRORS = {
  LAB_QEMU_MISSING: {
    exit: 'machine',
    meaning: 'There is no QEMU on this machine, in which the kernel could be booted.',
    remedy: 'apt-get install qemu-system-x86',
  },
  LAB_BUSYBOX_MISSING: {
    exit: 'machine',
    meaning: 'There is no statically linked busybox on this machine, which the booted kernel would run.',
    remedy: 'apt-get install busybox-static',
  },
  LAB_BAD_GUEST_FILE: {
    exit: 'badInput',
    meaning:
      'A file that was to be put into the booted system cannot be read, lacks a library, or has a path or size that cannot be there.',
    remedy: 'Name a plain file that can be run here, and give it a plain path that is not used twice.',
  },
  LAB_BAD_COMMAND: {
    exit: 'badInput',
    meaning: 'A command for the booted system has a name, script or time limit that cannot be run.',
    remedy: 'Give each command a name of its own, a script without NUL, and a time limit above zero.',
  },
  LAB_STACKS_UNREAD: {
    exit: 'machine',
    meaning: 'The kernel was booted to see in which functions its tasks sleep, and did not show it.',
    remedy:
      'Try again when the machine has less to do; a kernel that does not boot in QEMU cannot be examined or proven.',
  },
  ...LAB_PROOF_ERRORS,
} as const satisfies Record<string, CatalogueEntry>;

/** Every code of the room `lab`. */
export type LabCode = keyof typeof LAB_ERRORS;
