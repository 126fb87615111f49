// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A level has all that the level before it had: its CVEs, and the states of its module. What a level fixed that was
 * withdrawn may go: it was the fix that was wrong.
 */
import type { Finding } from '@uptide/base';
import { missingStates } from '../../update/states.ts';
import { type Candidate, refuse } from './model.ts';

export function cveGate(candidate: Candidate): Finding[] {
  const { update, index } = candidate;
  const before = index?.levels.findLast(({ withdrawn }) => withdrawn === undefined);
  if (before === undefined) return [];
  const now = new Set(update.description.cves);
  return before.cves
    .filter((cve) => !now.has(cve))
    .map((cve) =>
      refuse('STREAM_CVE_LOST', candidate, `level ${before.level} closes ${cve}, this one does not`),
    );
}

export function stateGate(candidate: Candidate): Finding[] {
  const { update, before } = candidate;
  return missingStates(before?.description.states ?? [], update.description.states ?? []).map((words) =>
    refuse('STREAM_STATE_LOST', candidate, `the level before has state ${words} here`),
  );
}
