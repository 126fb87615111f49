// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * Bounds on the metadata of a stream. A mirror chooses the bytes before any signature is looked at, and whoever holds
 * one key of one role chooses what is below it, so every number is bounded before anything is done with it.
 *
 * The models of @tufjs copy the whole record for each entry that they read: 1,000 targets take 60 ms, 4,000 take 1.8 s,
 * 16,000 a minute. Hence the bound on entries; the publisher keeps its bins to the same number.
 */

const KIB = 1024;

/** Bytes that one metadata file may have, by kind. */
export const MAX_METADATA_BYTES = {
  /** A root with 32 RSA-4096 keys in PEM form has 30 KiB. */
  root: 64 * KIB,
  /** Names one file: 500 bytes, and 100 for each signature. */
  timestamp: 16 * KIB,
  /** 1,000 roles with length and sha256: 190 KiB. */
  snapshot: 256 * KIB,
  /** 1,000 targets with 500 bytes of custom fields each: 750 KiB. */
  targets: 1024 * KIB,
} as const;

/** Targets of one file, roles of one snapshot, delegations of one role. */
export const MAX_ENTRIES = 1000;
/** Keys of one file: a delegating role with three keys for each of 30 series has 90. */
export const MAX_KEYS = 128;
/** Keys of one role, and signatures of one file: each one is looked for in, or digested with, the whole file. */
export const MAX_SIGNERS = 32;
/** Nesting of a file; TUF's own forms nest 6 deep, custom fields may add to it. */
export const MAX_DEPTH = 16;
/** The name of a role, percent-encoded: with a version before and `.json` behind it stays a file name (NAME_MAX 255). */
export const MAX_ROLE_NAME = 200;
/** The path of a target: PATH_MAX is 4096, and ours have some 120 bytes. */
export const MAX_TARGET_PATH = 1024;
/** Roots that one refresh follows (TUF 5.3.3, `Y`); a stream that rotates weekly needs five years for them. */
export const MAX_ROOT_ROTATIONS = 256;
/** Roles that the search for one target visits; ours are three deep. */
export const MAX_VISITED_ROLES = 32;
/** A target: as the largest update that its reader takes. */
export const MAX_TARGET_BYTES = 256 * KIB * KIB;

/**
 * How far the clock may be behind the latest time that it has shown. A step of NTP is below this; a clock that runs on
 * local time instead of UTC, or begins at 1970, is not.
 */
export const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;
