// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';

/** `policy.hold`: not these levels. */
export const hold: Rule = {
  name: 'hold',
  own: true,
  judge: ({ level }, { policy }) =>
    policy.hold.includes(level)
      ? { rule: 'hold', reason: `policy.hold keeps level ${level} off this host` }
      : undefined,
};
