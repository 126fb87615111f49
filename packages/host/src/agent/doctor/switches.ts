// SPDX-License-Identifier: GPL-2.0-or-later
import { type Check, note, ok } from './model.ts';

/** What persons have switched off. */
export const switches: Check = {
  name: 'kill switches',
  look: async (_agent, { switches: set, takenBack }) => {
    const words = [...new Set([set.all, set.apply, set.refresh])].filter((one) => one !== undefined);
    const found = words.map((word) =>
      note(word, 'Remove /etc/uptide/disable, or boot without uptide= on the command line.'),
    );
    if (takenBack !== undefined) {
      const reason = `levels above ${takenBack.above} were taken back by hand on ${takenBack.since}`;
      found.push(note(reason, 'uptide upgrade brings them again.'));
    }
    return found.length > 0 ? found : [ok('none is set')];
  },
};
