// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, QUIET, type Reporter } from '@uptide/base';
import { type BootOptions, type BootResult, boot } from '../machine.ts';
import type { ProveInput } from './input.ts';
import { deservesLateBoot, judgeProof, objectsToCheck } from './judge.ts';
import { type PlannedBoot, planProof } from './plan.ts';
import type { BootRecord, Proof } from './proof.ts';
import { Seen } from './seen.ts';

/** What the proof needs from outside. */
export interface ProveTools {
  /** Checks the update against the shipped file of a module that it touches; see `checkAgainstFile`. */
  readonly check: (object: string) => Promise<readonly Finding[]>;
  readonly boot?: (options: BootOptions) => Promise<BootResult>;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/** A proof, and what its boots looked like this time. */
export interface ProveResult {
  readonly proof: Proof;
  readonly boots: readonly BootRecord[];
}

/**
 * Proves an update in a virtual machine that runs exactly its kernel.
 * A kernel that panics, hangs or refuses the update is a proof with the verdict `failed`, not an exception.
 *
 * @throws what `boot` and `planProof` throw: LabError for a machine without QEMU or busybox and for input that cannot
 * be run, UptideError INTERRUPTED.
 */
export async function prove(input: ProveInput, tools: ProveTools): Promise<ProveResult> {
  const reporter = tools.reporter ?? QUIET;
  const [first, second] = planProof(input);
  const live = await reporter.step('boot', () => see(input, first, tools));
  const late =
    second !== undefined && deservesLateBoot(input, live)
      ? await reporter.step('boot with modules loaded late', () => see(input, second, tools))
      : undefined;
  const checked = new Map<string, readonly Finding[]>();
  for (const object of objectsToCheck(input)) checked.set(object, await tools.check(object));
  const proof = judgeProof(input, { live, late, checked });
  return { proof, boots: [live, ...(late === undefined ? [] : [late])].map(record) };
}

async function see(input: ProveInput, plan: PlannedBoot, tools: ProveTools): Promise<Seen> {
  const result = await (tools.boot ?? boot)({
    kernel: input.kernel,
    files: plan.files,
    commands: plan.commands,
    ...(input.hardware === undefined ? {} : { hardware: input.hardware }),
    ...(input.limits === undefined ? {} : { limits: input.limits }),
    ...(tools.signal === undefined ? {} : { signal: tools.signal }),
  });
  return new Seen(plan, result);
}

function record(seen: Seen): BootRecord {
  const { outcome, reason, log, autopsy, results } = seen.result;
  const times = [...results].map(([name, { began, ended }]) => ({ name, began, took: ended - began }));
  return { boot: seen.plan.name, outcome, reason, log, autopsy, times };
}
