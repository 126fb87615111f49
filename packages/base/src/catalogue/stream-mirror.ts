// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can be said of copies of a stream: mirrors, exports, imports. */
export const STREAM_MIRROR_ERRORS = {
  STREAM_OTHER_ROOT: {
    exit: 'refused',
    meaning: 'The root that was given is none of those by which this mirror follows its stream.',
    remedy:
      'Leave the option out to go on with the stream that is mirrored; mirror another stream into another folder.',
  },
  STREAM_BAD_NAME: {
    exit: 'badInput',
    meaning: 'The stream has a file whose name is no plain one, and a mirror cannot write it as a file.',
    remedy: 'Ask those who run the stream; Uptide publishes no such names.',
  },
  STREAM_INCOMPLETE: {
    exit: 'badInput',
    meaning:
      'The source lacks files that the signed metadata lists, or has them damaged; the mirror stays as it was.',
    remedy:
      'Take another source, or wait until it has caught up. When it carries a part of the stream only, name that part with --distribution and --release.',
  },
  STREAM_EXPORT_DAMAGED: {
    exit: 'badInput',
    meaning: 'The export is cut off, changed, or no export at all.',
    remedy: 'Carry it over again; compare the digests of both files.',
  },
  STREAM_EXPORT_EXPIRED: {
    exit: 'refused',
    meaning: 'The export is past the day until which it was to be imported.',
    remedy: 'Make a new export and import that.',
  },
  STREAM_EXPORT_TOO_LONG: {
    exit: 'usage',
    meaning: 'An export was to have an end that is past, or later than any importer accepts.',
    remedy: 'Name a day between today and the one in the message.',
  },
  STREAM_NOT_MIRRORED: {
    exit: 'kernelNotAvailable',
    meaning: 'The mirror says that it does not carry this kernel: a filter of its keeper left it out.',
    remedy: 'Follow another mirror for this machine, or have the kernel added to the filter.',
  },
} as const satisfies Record<string, CatalogueEntry>;
