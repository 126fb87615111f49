// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { COMMAND_SECONDS } from '../guest.ts';
import { refuse, review, withWords } from './findings.ts';
import type { FixProbe, ProveInput } from './input.ts';
import type { Live, State } from './legs.ts';
import { COMMAND, type ProbeName } from './plan.ts';
import type { ProbeRun } from './proof.ts';
import type { Seen } from './seen.ts';

const PROBES: readonly ProbeName[] = ['before', 'after'];
/** The status by which the probe of a fix shows the fault; 2 and more are for probes that do not work. */
const FAULT = 1;
/** The status of a shell for what SIGKILL ended. */
const KILLED = 137;
/** Of what the probe of a fix prints in one state; a series has many of them. */
const MAX_PRINTED = 4096;

/** The runs of the probes in a boot, by state. */
export function probeRuns(input: ProveInput, seen: Seen): readonly ProbeRun[] {
  return statesOf(seen).flatMap(({ state, live }) => [
    ...PROBES.flatMap((probe) => {
      const id = COMMAND.probe(probe, state);
      if (seen.numberOf(id) === -1) return [];
      return { probe, state, mustPass: (probe === 'after') === (live === 'update'), ...ended(seen, id) };
    }),
    ...(input.fixProbes ?? []).flatMap((probe) => {
      const id = COMMAND.fixProbe(probe.fix, state);
      if (seen.numberOf(id) === -1) return [];
      const { status, stdout, stderr } = ended(seen, id);
      const printed = { stdout: stdout.slice(0, MAX_PRINTED), stderr: stderr.slice(0, MAX_PRINTED) };
      return {
        probe: 'fix' as const,
        fix: probe.fix,
        state,
        mustPass: hasFix(input, live, probe),
        status,
        ...printed,
      };
    }),
  ]);
}

/** The states of a boot in their order, with what is live in each. */
function statesOf(seen: Seen): readonly { readonly state: State; readonly live: Live }[] {
  const legs = seen.plan.legs.flatMap(({ state, to }) => (state === undefined ? [] : { state, live: to }));
  return [{ state: 'before', live: 'nothing' }, ...legs];
}

function hasFix(
  { level }: ProveInput,
  live: Live,
  { level: brought, until = Number.POSITIVE_INFINITY }: FixProbe,
): boolean {
  if (live === 'nothing') return false;
  if (live === 'update') return until > (level?.level ?? 0);
  const before = level?.previous?.level ?? 0;
  return brought <= before && until > before;
}

function ended(seen: Seen, id: string): Pick<ProbeRun, 'status' | 'stdout' | 'stderr'> {
  const result = seen.of(id);
  return {
    status: result?.status ?? null,
    stdout: result?.stdout.toString() ?? '',
    stderr: result?.stderr.toString() ?? '',
  };
}

/** A probe must pass where it has to, and should tell one state from the other. */
export function judgeProbes(
  { release, probeSeconds = COMMAND_SECONDS }: Pick<ProveInput, 'release' | 'probeSeconds'>,
  runs: readonly ProbeRun[],
): readonly Finding[] {
  return [...judgeLines(release, runs), ...judgeFixProbes(release, runs, probeSeconds)];
}

function judgeLines(release: string, runs: readonly ProbeRun[]): readonly Finding[] {
  const place = { kernel: release };
  const findings: Finding[] = [];
  for (const { probe, state, mustPass, status, stdout, stderr } of runs) {
    if (probe === 'fix' || !mustPass || status === 0 || status === null) continue;
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

/** The probe of a fix must pass where the fix is live, and show the fault where it is not. */
function judgeFixProbes(release: string, runs: readonly ProbeRun[], seconds: number): readonly Finding[] {
  return runs.flatMap(({ probe, fix, state, mustPass, status, stdout, stderr }) => {
    if (probe !== 'fix' || status === null || status === (mustPass ? 0 : FAULT)) return [];
    const name = `the probe of the fix ${fix}`;
    const [code, words] =
      status === FAULT
        ? (['PROOF_PROBE_FAILED', `shows the fault in the state "${state}", where the fix is live`] as const)
        : status === 0
          ? ([
              'PROOF_FAULT_NOT_SHOWN',
              `does not show the fault in the state "${state}", without the fix`,
            ] as const)
          : ([
              'PROOF_PROBE_FAILED',
              `could not tell in the state "${state}": it ended with status ${status}${status === KILLED ? `; it was killed, as it is after ${seconds} s` : ''}`,
            ] as const);
    return refuse(code, { kernel: release }, withWords(`${name} ${words}`, stdout + stderr));
  });
}
