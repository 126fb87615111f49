// SPDX-License-Identifier: GPL-2.0-or-later
/** A person has judged every finding that asks for it, or the publisher gives a reason to go without. */
import type { Finding } from '@uptide/base';
import type { Update } from '../../update/model.ts';
import { type Candidate, refuse } from './model.ts';

export function reviewGate(candidate: Candidate): Finding[] {
  if (candidate.accepted.unreviewed !== undefined) return [];
  return unjudged(candidate.update).map((reason) => refuse('STREAM_UNREVIEWED', candidate, reason));
}

/** What nobody judged of an update, in words. */
export function unjudged({ description: { findings, unreviewed } }: Update): string[] {
  const open = findings.filter(({ verdict, signedOff }) => verdict === 'review' && signedOff === undefined);
  return [
    ...open.map(({ code, reason }) => `nobody signed off ${code}: ${reason}`),
    ...(unreviewed === undefined ? [] : [`made without review: ${unreviewed.reason}`]),
  ];
}
