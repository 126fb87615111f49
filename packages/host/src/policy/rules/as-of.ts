// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';
import { formatMoment } from '../moment.ts';

/** `policy.as-of`: nothing that was published later. */
export const asOf: Rule = {
  name: 'as-of',
  own: true,
  judge: ({ level, date }, { policy }) => {
    const last = policy['as-of'];
    if (last === undefined || Date.parse(date) <= last) return undefined;
    const reason = `level ${level} was published after policy.as-of, ${formatMoment(last)}`;
    return { rule: 'as-of', reason };
  },
};
