// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';
import { untilMoment } from '../moment.ts';

/** `policy.delay`, or that of the channel: not before so much time has gone by since it was published. */
export const delay: Rule = {
  name: 'delay',
  own: true,
  judge: ({ level, date }, { policy, now }) => {
    const until = Date.parse(date) + policy.delay;
    if (until <= now) return undefined;
    const hours = Math.round(policy.delay / 3_600_000);
    return {
      rule: 'delay',
      reason: `policy.delay holds level ${level} back for ${hours} hours`,
      ...untilMoment(until),
    };
  },
};
