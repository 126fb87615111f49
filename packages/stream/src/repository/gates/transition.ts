// SPDX-License-Identifier: GPL-2.0-or-later
/** Where the proof of a level tells of the level before it, that is the published one, and the step was shown. */
import { type Finding, fileDigest } from '@uptide/base';
import { z } from 'zod';
import { type Candidate, refuse } from './model.ts';
import { readProof } from './proof.ts';

/** The part of a proof about levels; the lab writes more. */
const levelsSchema = z.looseObject({
  level: z.int(),
  previous: z.looseObject({ level: z.int(), module: z.string() }).nullable(),
  steps: z.array(z.looseObject({ from: z.int(), to: z.int(), shown: z.boolean() })),
});

export function transitionGate(candidate: Candidate): Finding[] {
  const { update, before } = candidate;
  const told = update.proof === undefined ? undefined : readProof(update.proof)?.levels;
  if (told === undefined) return [];
  const levels = levelsSchema.safeParse(told);
  const refusal = (reason: string): Finding[] => [refuse('STREAM_TRANSITION_UNPROVEN', candidate, reason)];
  if (!levels.success) return refusal('what the proof says of levels cannot be read');
  const { level } = update.description;
  const { previous, steps } = levels.data;
  if (levels.data.level !== level) return refusal(`the proof is of level ${levels.data.level}`);
  if (previous === null || before === undefined) return [];
  if (previous.level !== level - 1 || previous.module !== fileDigest(before.module)) {
    return refusal(`it was shown to replace another module than the one of level ${level - 1}`);
  }
  const shown = steps.some(({ from, to, shown: seen }) => from === level - 1 && to === level && seen);
  return shown ? [] : refusal(`the step from level ${level - 1} to ${level} was not shown`);
}
