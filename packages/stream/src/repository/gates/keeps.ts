// SPDX-License-Identifier: GPL-2.0-or-later
/** A level has all that the level before it had: its CVEs, and the states of its module. */
import type { Finding } from '@uptide/base';
import { missingStates } from '../../update/states.ts';
import { type Candidate, refuse } from './model.ts';

export function cveGate(candidate: Candidate): Finding[] {
  const { update, index } = candidate;
  const level = update.description.level - 1;
  const before = index?.levels.find((one) => one.level === level);
  const now = new Set(update.description.cves);
  return (before?.cves ?? [])
    .filter((cve) => !now.has(cve))
    .map((cve) => refuse('STREAM_CVE_LOST', candidate, `level ${level} closes ${cve}, this one does not`));
}

export function stateGate(candidate: Candidate): Finding[] {
  const { update, before } = candidate;
  return missingStates(before?.description.states ?? [], update.description.states ?? []).map((words) =>
    refuse('STREAM_STATE_LOST', candidate, `the level before has state ${words} here`),
  );
}
