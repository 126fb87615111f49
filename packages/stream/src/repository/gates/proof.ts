// SPDX-License-Identifier: GPL-2.0-or-later
/** An update carries a proof that fits it and says `proven`, or `partly` where the publisher gives a reason. */
import { type Finding, fileDigest } from '@uptide/base';
import { z } from 'zod';
import { type Candidate, refuse } from './model.ts';

/** A proof as far as a publisher reads it; the lab writes more. */
const proofSchema = z.looseObject({
  schema: z.literal(1),
  release: z.string(),
  buildId: z.string(),
  /** SHA-256 of the module's file. */
  module: z.string(),
  verdict: z.enum(['proven', 'partly', 'failed']),
  /** Read by the gate of transitions. */
  levels: z.unknown().optional(),
});

/** A proof as far as a publisher reads it; undefined when it is none. */
export function readProof(bytes: Uint8Array): z.infer<typeof proofSchema> | undefined {
  try {
    return proofSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

export function proofGate(candidate: Candidate): Finding[] {
  const { update, accepted } = candidate;
  if (update.proof === undefined) {
    return [refuse('STREAM_UNPROVEN', candidate, 'the update carries no proof')];
  }
  const proof = readProof(update.proof);
  if (proof === undefined) return [refuse('STREAM_UNPROVEN', candidate, 'what it carries is no proof')];
  const { kernel } = update.description;
  const misfits = [
    proof.release === kernel.release ? [] : [`release ${proof.release}`],
    proof.buildId === kernel.buildId ? [] : [`build id ${proof.buildId}`],
    proof.module === fileDigest(update.module) ? [] : [`module ${proof.module}`],
  ].flat();
  const findings = misfits.map((what) =>
    refuse('STREAM_PROOF_MISFIT', candidate, `the proof is of ${what}, which is not that of the update`),
  );
  if (proof.verdict === 'failed') {
    findings.push(refuse('STREAM_UNPROVEN', candidate, 'the proof says that the update failed'));
  }
  if (proof.verdict === 'partly' && accepted.partly === undefined) {
    findings.push(refuse('STREAM_PARTLY_PROVEN', candidate, 'the proof covers the update in parts alone'));
  }
  return findings;
}
