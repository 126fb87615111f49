// SPDX-License-Identifier: GPL-2.0-or-later
import type { IndexedLevel, KernelIndex } from '@uptide/stream';
import type { LiveLevel, RuleInput } from './model.ts';
import { obstaclesOf } from './obstacles.ts';

/** A level below the live one, and why it cannot be gone back to. */
export interface WayBack {
  readonly level: IndexedLevel;
  /** None when the way is open. */
  readonly against: readonly string[];
  /** Whether nothing but the states of levels stands against it: klp loads the level when no other is live. */
  readonly isOneWay: boolean;
}

/**
 * The levels below the live one, highest first, with what stands against going back to each. The host's own
 * policy does not bind: it says what to take, and these were taken before.
 */
export function waysBack(live: LiveLevel, input: RuleInput): WayBack[] {
  return input.index.levels
    .filter(({ level }) => level < live.level)
    .sort((a, b) => b.level - a.level)
    .map((level) => {
      const states = oneWay(live.level, level.level, input.index);
      const others = obstaclesOf(level, input, false).map(({ reason }) => reason);
      return { level, against: [...states, ...others], isOneWay: states.length > 0 && others.length === 0 };
    });
}

/**
 * klp lets a level replace another only when it knows all states of that one (klp_is_patch_compatible). The index
 * says so from each level to the one before; where that holds all the way down, it holds from top to bottom.
 */
function oneWay(from: number, to: number, { levels }: KernelIndex): string[] {
  const between = levels.filter(({ level }) => level > to && level <= from);
  const steps = between.some(({ level }) => level === from) ? between : [];
  if (steps.length === 0) return [`the stream does not say whether one can go back from level ${from}`];
  return steps
    .filter(({ back }) => !back)
    .map(
      ({ level }) =>
        `klp does not go back from level ${level}, whose states level ${level - 1} does not know`,
    );
}
