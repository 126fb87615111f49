// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How old news may be that come on foot.
 *
 * The timestamp of a stream ends after a day or two, so that nobody on the way can hold news back for longer without
 * being noticed. Over an air gap that end says nothing: the way is a person with a stick, the person may take a week,
 * and holding back is as easy as not coming. A second, longer-lived timestamp would not help: whoever can serve it to
 * a connected host can freeze that host for as long. (A second root with timestamp keys of its own would keep the two
 * apart, at the price of one more ceremony and one more root to pin for everybody.)
 *
 * So the maker signs nothing else for air gaps, and the reader decides, in its own configuration, how late it takes
 * what it gets. Only the roles bend by which a stream says what is newest: timestamp, snapshot and rollout. Those that
 * say what may be loaded at all, and by whose word (root, targets, the series), keep their ends, which are months away
 * and kept by offline keys. Versions never go back, here as everywhere: an old export is a rollback and refused.
 *
 * What an attacker on the way gains is what the reader allowed: to keep an isolated host at most so many days at a
 * state that was true once and that is not older than what the host has seen.
 */
import type { Lateness } from '../trust/model.ts';

/** The most that a reader may allow; a quarter is longer than any approval takes. */
export const MAX_LATE_DAYS = 90;
const DAY = 24 * 60 * 60 * 1000;

/** Roles that say what is newest. */
const ROLES = ['timestamp', 'snapshot', 'rollout'];

/** Takes what says what is newest for so long after its end. */
export function lateBy(milliseconds: number): Lateness {
  return { roles: ROLES, milliseconds };
}

/** The last moment of a day, exclusive. */
export function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY;
}

/** The longest lateness. */
export const MAX_LATENESS: Lateness = lateBy(MAX_LATE_DAYS * DAY);
