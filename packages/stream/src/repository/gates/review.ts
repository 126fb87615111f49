// SPDX-License-Identifier: GPL-2.0-or-later
/** A person has judged every finding that asks for it, or the publisher gives a reason to go without. */
import type { Finding } from '@uptide/base';
import { type Candidate, refuse } from './model.ts';

export function reviewGate(candidate: Candidate): Finding[] {
  if (candidate.accepted.unreviewed !== undefined) return [];
  const { findings, unreviewed } = candidate.update.description;
  const open = findings.filter(({ verdict, signedOff }) => verdict === 'review' && signedOff === undefined);
  const refusals = open.map(({ code, reason }) =>
    refuse('STREAM_UNREVIEWED', candidate, `nobody signed off ${code}: ${reason}`),
  );
  return unreviewed === undefined
    ? refusals
    : [...refusals, refuse('STREAM_UNREVIEWED', candidate, `made without review: ${unreviewed.reason}`)];
}

/** Whether an update was let through without a review. */
export function isUnreviewed({ update }: Candidate): boolean {
  return reviewGate({ file: '', update, accepted: {} } as Candidate).length > 0;
}
