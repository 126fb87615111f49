// SPDX-License-Identifier: GPL-2.0-or-later
import { bad, type Check, note, ok } from './model.ts';

/** Whether the configuration makes the agent do anything. That it can be read is settled by then. */
export const configuration: Check = {
  name: 'configuration',
  look: async (_agent, { settings, subscribed }) => {
    const { stream, policy } = settings.configuration;
    if (!subscribed) {
      const why = stream.url === undefined ? 'no stream is named' : 'the root of its stream is not there';
      return [bad(`no stream is followed: ${why}`, 'uptide subscribe URL --root ROOT.json')];
    }
    if (settings.distribution === undefined) {
      return [bad('no distribution series is known', 'Set stream.distribution in /etc/uptide/uptide.toml.')];
    }
    if (policy.mode === 'auto') return [ok(`follows ${settings.distribution}, loads on its own`)];
    return [
      note(
        `follows ${settings.distribution}, and policy.mode is ${policy.mode}: nothing is loaded on its own`,
        'Set policy.mode = "auto" where nobody runs uptide upgrade.',
      ),
    ];
  },
};
