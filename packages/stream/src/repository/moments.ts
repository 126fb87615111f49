// SPDX-License-Identifier: GPL-2.0-or-later
/** Moments as text in UTC to the second, which is how metadata and the files of a stream have them. */

const DAY = 86_400_000;

/** @param now milliseconds since 1970. */
export function momentOf(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** The moment so many days later. */
export function momentAfter(now: number, days: number): string {
  return momentOf(now + days * DAY);
}
