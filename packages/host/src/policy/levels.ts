// SPDX-License-Identifier: GPL-2.0-or-later
import type { IndexedLevel } from '@uptide/stream';
import type { Obstacle, PlanInput } from './model.ts';
import { obstaclesOf } from './obstacles.ts';

/** A level of the stream as this host stands to it. */
export interface ListedLevel {
  readonly level: IndexedLevel;
  readonly live: boolean;
  /** Whether it is above the live one. */
  readonly above: boolean;
  /** What stands against taking it, were it to be taken now. */
  readonly obstacles: readonly Obstacle[];
}

/** Every level of the stream for this kernel, lowest first. */
export function listLevels(input: PlanInput): ListedLevel[] {
  const { stream, live } = input;
  const index = stream?.index;
  if (index === undefined) return [];
  const rules = { ...input, index, rollout: stream?.rollout };
  return [...index.levels]
    .sort((a, b) => a.level - b.level)
    .map((level) => ({
      level,
      live: level.id === live?.id,
      above: level.level > (live?.level ?? 0),
      obstacles: obstaclesOf(level, rules),
    }));
}
