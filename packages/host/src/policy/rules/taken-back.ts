// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';

/** A keeper went back below this level by hand; only by hand it comes again. */
export const takenBack: Rule = {
  name: 'taken-back',
  own: true,
  judge: ({ level }, { takenBack: past, byHand }) =>
    past === undefined || byHand !== undefined || level <= past.above
      ? undefined
      : {
          rule: 'taken-back',
          reason: `levels above ${past.above} were taken back by hand on ${past.since}; uptide upgrade ends this`,
        },
};
