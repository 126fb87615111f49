// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';

/** The maker took the level back. */
export const withdrawn: Rule = {
  name: 'withdrawn',
  own: false,
  judge: (level) =>
    level.withdrawn === undefined
      ? undefined
      : { rule: 'withdrawn', reason: `level ${level.level} is withdrawn: ${level.withdrawn.reason}` },
};
