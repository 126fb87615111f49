// SPDX-License-Identifier: GPL-2.0-or-later

// From what the boots showed to a verdict. Pure, and closed: an update is proven when every function of it was seen
// redirected in a running kernel and nothing spoke against it, so whatever ends a boot early or leaves an answer out
// counts against it.

import { type Finding, fileDigest, type Place } from '@uptide/base';
import { refuse } from './findings.ts';
import { PROCESSORS, type ProveInput, type ProvenFunction, VMLINUX } from './input.ts';
import { proofInputs } from './inputs.ts';
import { judgeBoot } from './judge-boot.ts';
import { levelsProof } from './judge-levels.ts';
import { judgeProbes, probeRuns } from './judge-probes.ts';
import { COMMAND } from './plan.ts';
import type { FunctionProof, ObjectProof, Proof, ProofStep, ProofVerdict, Shown } from './proof.ts';
import { firstLeg, firstLoad, isLoaded, isPatched, isRedirected, stateOf } from './redirected.ts';
import { stepRuns } from './runs.ts';
import type { Seen } from './seen.ts';

/** What there is to judge. */
export interface Evidence {
  readonly live: Seen;
  /** Undefined when the update touches no module, or none that could be loaded. */
  readonly late: Seen | undefined;
  /** Of each module that the update touches: what the check against its file found. */
  readonly checked: ReadonlyMap<string, readonly Finding[]>;
}

/** The objects to check against their files: all modules, since not every fault of position shows in a boot. */
export function objectsToCheck(input: ProveInput): readonly string[] {
  return input.objects.map(({ name }) => name).filter((name) => name !== VMLINUX);
}

/** Whether a second boot can show anything: the update loads, and so does one of the modules that are touched. */
export function deservesLateBoot(input: ProveInput, live: Seen): boolean {
  const touched = objectsToCheck(input).some((name) => isLoaded(name, live));
  return touched && live.result.outcome === 'completed' && live.passed(firstLoad(live));
}

/** Judges a proof. */
export function judgeProof(input: ProveInput, evidence: Evidence): Proof {
  const { live, late, checked } = evidence;
  const functions = input.objects.flatMap(({ name: object, functions }) =>
    functions.map((wanted) => ({ object, ...wanted, shown: howShown(object, wanted, evidence) })),
  );
  const objects = input.objects.map(({ name }) => objectProof(name, functions, evidence));
  const boots = late === undefined ? [live] : [live, late];
  const probes = boots.flatMap((seen) => probeRuns(input, seen));
  const findings = [
    ...boots.flatMap((seen) => judgeBoot(input, seen, seen === live ? undefined : live)),
    ...judgeProbes(input, probes),
    ...[...checked.values()].flat(),
  ];
  findings.push(...judgeCompleteness(input, { functions, objects }, findings));
  return {
    schema: 1,
    release: input.release,
    buildId: input.buildId,
    update: input.update.name,
    module: fileDigest(input.update.bytes),
    verdict: verdictOf(findings, objects),
    processors: input.hardware?.cpus ?? PROCESSORS,
    steps: boots.flatMap(stepsOf),
    objects,
    functions,
    probes,
    findings,
    inputs: proofInputs(input),
    ...(input.level === undefined ? {} : { levels: levelsProof(input, input.level, boots) }),
    runs: boots.flatMap((seen) => stepRuns(input, seen)),
  };
}

function verdictOf(findings: readonly Finding[], objects: readonly ObjectProof[]): ProofVerdict {
  if (findings.some(({ verdict }) => verdict === 'refuse')) return 'failed';
  return objects.every(({ shown }) => shown === 'live') ? 'proven' : 'partly';
}

/** How far a function is shown, or, without one, an object that only has callbacks. */
function howShown(object: string, wanted: ProvenFunction | undefined, { live, checked }: Evidence): Shown {
  if (!isLoaded(object, live)) {
    const isClean = checked.get(object)?.every(({ verdict }) => verdict !== 'refuse') === true;
    return isClean ? 'static' : 'none';
  }
  const state = stateOf(live, firstLeg(live));
  if (state === undefined) return 'none';
  const isShown = wanted === undefined ? isPatched(state, object) : isRedirected(state, object, wanted);
  return isShown ? 'live' : 'none';
}

function objectProof(name: string, functions: readonly FunctionProof[], evidence: Evidence): ObjectProof {
  const { live, late } = evidence;
  const own = functions.filter(({ object }) => object === name);
  const shown =
    own.length === 0
      ? howShown(name, undefined, evidence)
      : (own.find((one) => one.shown !== 'live')?.shown ?? 'live');
  if (!isLoaded(name, live)) {
    return { name, loaded: false, shown, late: null, reason: live.words(COMMAND.loadModule(name)) };
  }
  if (name === VMLINUX || late === undefined) return { name, loaded: true, shown, late: null };
  const state = stateOf(late, firstLeg(late));
  const isLate =
    state !== undefined && isPatched(state, name) && own.every((wanted) => isRedirected(state, name, wanted));
  return { name, loaded: true, shown, late: isLate };
}

/** The last gate: nothing was found against the update, and yet not everything was shown. */
function judgeCompleteness(
  input: ProveInput,
  { functions, objects }: Pick<Proof, 'functions' | 'objects'>,
  findings: readonly Finding[],
): readonly Finding[] {
  if (findings.some(({ verdict }) => verdict === 'refuse')) return [];
  const hollow = input.objects.filter(
    (object) => object.functions.length === 0 && (object.callbacks ?? []).length === 0,
  );
  if (objects.length === 0 || hollow.length > 0) {
    const what = hollow[0] === undefined ? 'the update' : `the object ${hollow[0].name}`;
    const reason = `the description of ${what} names neither function nor callback`;
    return [refuse('PROOF_NOT_PATCHED', { kernel: input.release }, reason)];
  }
  const unseen = (place: Place, what: string): Finding =>
    refuse('PROOF_NOT_PATCHED', { kernel: input.release, ...place }, `nothing was shown of this ${what}`);
  return [
    ...functions
      .filter(({ shown }) => shown === 'none')
      .map(({ object, name }) => unseen({ object, symbol: name }, 'function')),
    ...objects
      .filter(({ name, shown }) => shown === 'none' && !functions.some(({ object }) => object === name))
      .map(({ name }) => unseen({ object: name }, 'object')),
  ];
}

function stepsOf(seen: Seen): readonly ProofStep[] {
  return seen.plan.commands
    .filter(({ id }) => !id.startsWith('probe:'))
    .map(({ id }) => ({ boot: seen.plan.name, name: id, status: seen.of(id)?.status ?? null }));
}
