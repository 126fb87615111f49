// SPDX-License-Identifier: GPL-2.0-or-later
import { fields } from '@uptide/stream';
import type { Rule } from '../model.ts';

/**
 * `policy.severity`: a level is taken when it, or one on the way to it, brings a fix that is as bad. What the
 * maker did not rate may be the worst, and counts as such.
 */
export const severity: Rule = {
  name: 'severity',
  own: true,
  judge: ({ level }, { policy, index, live }) => {
    if (policy.severity === undefined) return undefined;
    const least = rank(policy.severity);
    const onTheWay = index.levels.filter((one) => one.level > (live?.level ?? 0) && one.level <= level);
    if (onTheWay.some((one) => rank(one.severity ?? 'critical') >= least)) return undefined;
    return {
      rule: 'severity',
      reason: `what level ${level} brings is below policy.severity, ${policy.severity}`,
    };
  },
};

function rank(name: (typeof fields.severity.options)[number]): number {
  return fields.severity.options.indexOf(name);
}
