// SPDX-License-Identifier: GPL-2.0-or-later
import { formatMoment } from '../../policy/moment.ts';
import { bad, type Check, ok } from './model.ts';

/** Before this day no Uptide was made: 2026-01-01. */
const EARLIEST = Date.UTC(2026, 0, 1);
/** A clock that is set right by NTP jumps less. */
const TOLERANCE = 10 * 60_000;

/** All that is said of expiry rests on the clock. */
export const clock: Check = {
  name: 'clock',
  look: async (_agent, { now, known }) => {
    const last = Date.parse(known?.checked ?? '');
    if (now < EARLIEST) return [bad(`it says ${formatMoment(now)}`, 'Set the clock right.')];
    if (now + TOLERANCE < last) {
      const reason = `it says ${formatMoment(now)} and said ${formatMoment(last)} when the stream was read`;
      return [bad(reason, 'Set the clock right.')];
    }
    return [ok(formatMoment(now))];
  },
};
