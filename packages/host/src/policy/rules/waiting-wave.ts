// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';
import { untilMoment } from '../moment.ts';

/** The level is not offered, or this host's turn comes later. */
export const waitingWave: Rule = {
  name: 'waiting-wave',
  own: false,
  judge: ({ level, id }, { rollout, place, policy, now }) => {
    const waves = rollout?.levels.filter((one) => one.level === level).flatMap((one) => one.waves) ?? [];
    if (waves.length === 0) return { rule: 'waiting-wave', reason: `level ${level} is not offered yet` };
    if (policy['ignore-waves']) return undefined;
    const own = place(id);
    const [wave] = waves
      .filter(({ percent }) => own < percent * 100)
      .map(({ from }) => from)
      .sort();
    if (wave === undefined) {
      return { rule: 'waiting-wave', reason: `no wave of level ${level} reaches this host yet` };
    }
    if (Date.parse(wave) <= now) return undefined;
    return {
      rule: 'waiting-wave',
      reason: `this host's wave of level ${level} begins on ${wave}`,
      ...untilMoment(Date.parse(wave)),
    };
  },
};
