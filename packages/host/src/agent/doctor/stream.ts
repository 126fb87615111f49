// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { openStream } from '../agent.ts';
import { bad, type Check, ok } from './model.ts';

/** Whether the stream can be reached and is believed. */
export const stream: Check = {
  name: 'stream',
  look: async (agent, { settings, subscribed, switches, known }) => {
    if (!subscribed) return [];
    if (switches.refresh !== undefined) return [ok(`not asked: ${switches.refresh}`)];
    try {
      const opened = await openStream(agent, settings);
      await opened.refresh();
      const since = known?.checked === undefined ? 'never read before' : `last read ${known.checked}`;
      return [ok(`reached and verified; ${since}`)];
    } catch (error) {
      if (!(error instanceof UptideError) || error.code === 'INTERRUPTED') throw error;
      return [bad(error.describe(), error.remedy)];
    }
  },
};
