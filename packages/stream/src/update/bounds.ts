// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * Bounds on an update. Whoever can put a file where a machine looks for updates chooses its bytes, so each
 * number that a file names is held to one of these before anything is done with it.
 */

const MIB = 1024 * 1024;

/** A whole update. The largest module of Debian's kernels has 12 MB; a cumulative level has a few such parts. */
export const MAX_UPDATE_BYTES = 256 * MIB;
/** update.json: up to some 5 KB a function with many masks; a level of 1,000 functions takes a third of this. */
export const MAX_DESCRIPTION_BYTES = 16 * MIB;
/** Nesting of update.json; our own schema nests 6 deep. Deeper text is meant to exhaust a stack. */
export const MAX_JSON_DEPTH = 32;
/** Files of the archive: a level holds one patch a fix, and no kernel release got 4,000 of them. */
export const MAX_FILES = 4096;
/** The name field of a ustar header has 100 bytes; longer names would need an extension header. */
export const MAX_PATH_BYTES = 100;
