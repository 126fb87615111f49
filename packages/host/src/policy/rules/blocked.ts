// SPDX-License-Identifier: GPL-2.0-or-later
import type { Block } from '@uptide/stream';
import type { Rule, TrustFacts } from '../model.ts';

/** The people on call stopped this level here. */
export const blocked: Rule = {
  name: 'blocked',
  own: false,
  judge: ({ level }, { rollout, buildId, trust }) => {
    const fitting = (rollout?.blocks ?? []).filter((block) => fits(block, level, buildId, trust));
    // A block that only a reboot ends is told when no other one stays after it.
    const block = fitting.find(({ everLoaded }) => everLoaded === undefined) ?? fitting[0];
    if (block === undefined) return undefined;
    const reason = `level ${level} is blocked here since ${block.since}: ${block.reason}`;
    return { rule: 'blocked', reason, ...(block.everLoaded === undefined ? {} : { reboot: true }) };
  },
};

/** Whether all conditions of a block hold for a level on this host in this boot. */
export function fits(
  { levels, buildId, everLoaded }: Block,
  level: number,
  runningBuildId: string,
  trust: TrustFacts,
): boolean {
  return (
    (levels === undefined || (level >= levels.first && level <= levels.last)) &&
    (buildId === undefined || buildId === runningBuildId) &&
    (everLoaded === undefined || everLoaded.some((id) => trust.everLoaded.has(id)))
  );
}
