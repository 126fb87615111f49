// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The rollout of one kernel: signed by the role `rollout`, which people on call can use alone. A host takes a level
 * only when a wave lets it in, nothing is halted and no block fits it; so a missing or old rollout holds levels
 * back, and never loads one. What is live on a host stays, except where a block says `unload`.
 */
import { z } from 'zod';
import { buildId, kernelName, level, moment, sha256, text } from './fields.ts';

/** From this moment on, so many of a hundred hosts may have the level; a host knows its place by its own secret. */
const wave = z.looseObject({ percent: z.int().min(1).max(100), from: moment });

/** The waves of one level, in rising order of both moment and percentage. */
const levelRollout = z
  .looseObject({
    level,
    /** The name of the profile that the waves were made from; for people. */
    profile: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    waves: z.array(wave).min(1).max(100).readonly(),
  })
  .refine(({ waves }) => waves.every((one, at) => rises(waves[at - 1], one)), 'waves must rise');

/** What must not be loaded, or must go. All conditions that are set must hold. */
const block = z.looseObject({
  reason: text,
  since: moment,
  /** `hold`: do not load it. `unload`: take it out where it is live, too. */
  action: z.enum(['hold', 'unload']),
  /** Levels from `first` to `last`; all when absent. */
  levels: z.looseObject({ first: level, last: level }).optional(),
  /** Only on kernels with this build id. */
  buildId: buildId.optional(),
  /** Only where one of these updates was loaded since the machine booted, by id; a reboot ends the block. */
  everLoaded: z.array(sha256).min(1).max(1000).readonly().optional(),
});

export const rolloutSchema = z.looseObject({
  schema: z.literal(1),
  kernel: kernelName,
  /** Set while no host may take any level. */
  halt: z.looseObject({ reason: text, since: moment }).optional(),
  levels: z.array(levelRollout).max(1000).readonly(),
  blocks: z.array(block).max(1000).readonly(),
});

/** Who may have which level of a kernel when. */
export type Rollout = z.infer<typeof rolloutSchema>;
export type LevelRollout = z.infer<typeof levelRollout>;
export type Block = z.infer<typeof block>;

type Wave = z.infer<typeof wave>;

function rises(before: Wave | undefined, { percent, from }: Wave): boolean {
  return before === undefined || (before.percent < percent && before.from < from);
}
