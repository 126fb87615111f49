// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';

/** The people on call stopped every level of this kernel. */
export const halted: Rule = {
  name: 'halted',
  own: false,
  judge: (_level, { rollout }) =>
    rollout?.halt === undefined
      ? undefined
      : {
          rule: 'halted',
          reason: `all levels are halted since ${rollout.halt.since}: ${rollout.halt.reason}`,
        },
};
