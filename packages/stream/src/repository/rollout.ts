// SPDX-License-Identifier: GPL-2.0-or-later
/** The rollout of a kernel and its changes. */
import type { StreamKernel } from '../formats/paths.ts';
import type { LevelRollout, Rollout } from '../formats/rollout-file.ts';

/** A rollout that lets nobody have anything. */
export function newRollout({ release, buildId }: StreamKernel): Rollout {
  return { schema: 1, kernel: { release, buildId, architecture: 'x86_64' }, levels: [], blocks: [] };
}

/** The rollout with these waves for their level, instead of others that it had. */
export function withWaves(rollout: Rollout, waves: LevelRollout): Rollout {
  const others = rollout.levels.filter(({ level }) => level !== waves.level);
  return { ...rollout, levels: [...others, waves].sort((a, b) => a.level - b.level) };
}
