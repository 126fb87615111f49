// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * Exit status of the `uptide` command, by what a caller can do about it.
 * `docs/errors.md` prints this table; a test holds the two together.
 */
export const EXIT = {
  done: 0,
  internal: 1,
  usage: 2,
  patchDoesNotApply: 3,
  doesNotCompile: 4,
  noFunctionalChange: 5,
  refused: 6,
  noMatch: 7,
  kernelNotAvailable: 8,
  badInput: 9,
  machine: 10,
  proofFailed: 11,
  available: 12,
  attention: 13,
  interrupted: 130,
} as const;

/** The name of one kind of ending. */
export type ExitName = keyof typeof EXIT;
