// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';

/** `policy.pin`: no level above. */
export const pin: Rule = {
  name: 'pin',
  own: true,
  judge: ({ level }, { policy }) =>
    policy.pin === undefined || level <= policy.pin
      ? undefined
      : { rule: 'pin', reason: `policy.pin holds this host at level ${policy.pin}` },
};
