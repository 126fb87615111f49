// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';

/** This host failed while the update was live and not trusted yet. */
export const quarantined: Rule = {
  name: 'quarantined',
  own: false,
  judge: ({ level, id }, { trust }) =>
    trust.quarantined.has(id)
      ? { rule: 'quarantined', reason: `level ${level} made this host fail (see uptide doctor)` }
      : undefined,
};
