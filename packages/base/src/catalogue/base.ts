// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

export const BASE_ERRORS = {
  INTERNAL: {
    exit: 'internal',
    meaning: 'Uptide reached a state that its own rules exclude.',
    remedy: 'Report it with the command line and the printed place; nothing was left half-made.',
  },
  USAGE: {
    exit: 'usage',
    meaning: 'The command line is not one that the command understands.',
    remedy: 'Run the command with --help.',
  },
  INTERRUPTED: {
    exit: 'interrupted',
    meaning: 'The command was interrupted by a signal.',
    remedy: 'Run it again; finished parts are kept, unfinished ones are started anew.',
  },
  TOOL_MISSING: {
    exit: 'machine',
    meaning: 'A program that this step runs is not installed.',
    remedy: 'Install the package that the message names.',
  },
  TOOL_FAILED: {
    exit: 'internal',
    meaning: 'A program that this step runs ended with an error.',
    remedy: 'Read the words of the program, which follow the message.',
  },
  FILE_UNREADABLE: {
    exit: 'badInput',
    meaning: 'A file that was named cannot be read.',
    remedy: 'Check the path and its permissions.',
  },
  FILE_UNWRITABLE: {
    exit: 'machine',
    meaning: 'A file that was to be written cannot be written at that path.',
    remedy: 'Check that the folder exists and can be written to, or name another path with -o.',
  },
  DISK_FULL: {
    exit: 'machine',
    meaning: 'There is too little free space on the disk for what has to be written.',
    remedy: 'Free the space that the message names, or choose another place with --store.',
  },
  LOCKED: {
    exit: 'machine',
    meaning: 'Another process holds the lock for longer than the waiting limit.',
    remedy: 'Wait for the process that the message names, or end it.',
  },
} as const satisfies Record<string, CatalogueEntry>;
