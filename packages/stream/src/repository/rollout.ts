// SPDX-License-Identifier: GPL-2.0-or-later
/** The rollout of a kernel and what people on call do with it. */
import { StreamError } from '../error.ts';
import type { StreamKernel } from '../formats/paths.ts';
import { type Block, type LevelRollout, type Rollout, rolloutSchema } from '../formats/rollout-file.ts';

/** A rollout that lets nobody have anything. */
export function newRollout({ release, buildId }: StreamKernel): Rollout {
  return { schema: 1, kernel: { release, buildId, architecture: 'x86_64' }, levels: [], blocks: [] };
}

/** One change. It must do to what is staged what it does to what is published. */
export type RolloutChange = (rollout: Rollout) => Rollout;

/** The level is offered by these waves, instead of others that it had. */
export function setWaves(waves: LevelRollout): RolloutChange {
  return (rollout) => {
    const others = rollout.levels.filter(({ level }) => level !== waves.level);
    return { ...rollout, levels: [...others, waves].sort((a, b) => a.level - b.level) };
  };
}

/** No host takes any level. */
export function halt(reason: string, since: string): RolloutChange {
  return (rollout) => ({ ...rollout, halt: { reason, since } });
}

/** The end of a halt; blocks stay. */
export function resume(): RolloutChange {
  return ({ halt: _halt, ...rollout }) => rollout;
}

/** Hosts that fit do not load, or unload. */
export function addBlock(block: Block): RolloutChange {
  return (rollout) => ({ ...rollout, blocks: [...rollout.blocks, block] });
}

/** The end of a block, by its place from 1. */
export function removeBlock(place: number): RolloutChange {
  return (rollout) => {
    if (rollout.blocks[place - 1] === undefined) {
      throw new StreamError(
        'STREAM_NO_BLOCK',
        `there is no block ${place}; there are ${rollout.blocks.length}`,
      );
    }
    return { ...rollout, blocks: rollout.blocks.filter((_, at) => at !== place - 1) };
  };
}

/** The level is offered to nobody any more. Where it is live it stays; `addBlock` takes it out. */
export function withdraw(level: number, reason: string, since: string): RolloutChange {
  const block = addBlock({ reason, since, action: 'hold', levels: { first: level, last: level } });
  return (rollout) => block({ ...rollout, levels: rollout.levels.filter((one) => one.level !== level) });
}

/** The rollout after a change, checked. @throws StreamError STREAM_BAD_FILE when it is over the bounds of its form. */
export function changed(rollout: Rollout, change: RolloutChange): Rollout {
  const next = rolloutSchema.safeParse(change(rollout));
  if (next.success) return next.data;
  throw new StreamError('STREAM_BAD_FILE', next.error.issues.map(({ message }) => message).join('; '));
}
