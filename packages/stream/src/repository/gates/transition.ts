// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A level was shown to take the place of the published level before it, unless the publisher gives a reason why a
 * proof of the level alone will do.
 */
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
  const { update, before, accepted } = candidate;
  const { level } = update.description;
  const proof = update.proof === undefined ? undefined : readProof(update.proof);
  // Without a proof, or without the level before it, other gates speak.
  if (proof === undefined) return [];
  const refusal = (reason: string): Finding[] => [refuse('STREAM_TRANSITION_UNPROVEN', candidate, reason)];
  const levels = proof.levels === undefined ? undefined : levelsSchema.safeParse(proof.levels);
  if (levels?.success === false) return refusal('what the proof says of levels cannot be read');
  if (levels !== undefined && levels.data.level !== level) {
    return refusal(`the proof is of level ${levels.data.level}`);
  }
  if (before === undefined || before.description.level !== level - 1) return [];
  if (!tellsOfTransition(proof)) {
    const reason = `the proof does not tell of the step from level ${level - 1} to ${level}`;
    return accepted.partly === undefined ? refusal(reason) : [];
  }
  const { previous, steps } = levelsSchema.parse(proof.levels);
  if (previous?.level !== level - 1 || previous.module !== fileDigest(before.module)) {
    return refusal(`it was shown to replace another module than the one of level ${level - 1}`);
  }
  const shown = steps.some(({ from, to, shown: seen }) => from === level - 1 && to === level && seen);
  return shown ? [] : refusal(`the step from level ${level - 1} to ${level} was not shown`);
}

/** Whether a proof tells of the step from the level before; one that was made for a level alone does not. */
export function tellsOfTransition({ levels }: { readonly levels?: unknown }): boolean {
  const read = levelsSchema.safeParse(levels);
  return read.success && read.data.previous !== null;
}
