// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { refuse, review, withWords } from './findings.ts';
import { COMMAND, type ProbeName, type State } from './plan.ts';
import type { ProbeRun } from './proof.ts';
import type { Seen } from './seen.ts';

const PROBES: readonly ProbeName[] = ['before', 'after'];
const STATES: readonly State[] = ['before', 'after', 'restored', 'late'];

/** The runs of the probes in a boot, by state. */
export function probeRuns(seen: Seen): readonly ProbeRun[] {
  const runs: ProbeRun[] = [];
  for (const state of STATES) {
    for (const probe of PROBES) {
      const id = COMMAND.probe(probe, state);
      if (seen.numberOf(id) === -1) continue;
      const result = seen.of(id);
      const isLive = state === 'after' || state === 'late';
      runs.push({
        probe,
        state,
        mustPass: (probe === 'after') === isLive,
        status: result?.status ?? null,
        stdout: result?.stdout.toString() ?? '',
        stderr: result?.stderr.toString() ?? '',
      });
    }
  }
  return runs;
}

/** A probe must pass where it has to, and should tell one state from the other. */
export function judgeProbes(release: string, runs: readonly ProbeRun[]): readonly Finding[] {
  const place = { kernel: release };
  const findings: Finding[] = [];
  for (const { probe, state, mustPass, status, stdout, stderr } of runs) {
    if (!mustPass || status === 0 || status === null) continue;
    const reason = `the probe --${probe} ended with status ${status} in the state "${state}"`;
    findings.push(refuse('PROOF_PROBE_FAILED', place, withWords(reason, stdout + stderr)));
  }
  for (const probe of PROBES) {
    const find = (state: State): ProbeRun | undefined =>
      runs.find((run) => run.probe === probe && run.state === state);
    const without = find('before');
    const live = find('after');
    // Where it fails in both, it failed where it must pass, and that was said.
    if (without?.status !== 0 || live?.status !== 0 || without.stdout !== live.stdout) continue;
    const reason = `the probe --${probe} says the same before and after the update was loaded`;
    findings.push(review('PROOF_PROBE_BLIND', place, reason));
  }
  return findings;
}
