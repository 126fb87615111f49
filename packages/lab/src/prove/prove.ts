// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, QUIET, type Reporter } from '@uptide/base';
import { type BootOptions, type BootResult, boot } from '../machine.ts';
import { PROCESSORS, type ProveInput } from './input.ts';
import { deservesLateBoot, judgeProof, objectsToCheck } from './judge.ts';
import { COMMAND, type PlannedBoot, planProof } from './plan.ts';
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
  const [first] = planProof(input);
  const live = await reporter.step('boot', () => see(input, first, tools));
  const second = planLateBoot(input, live);
  const late =
    second === undefined
      ? undefined
      : await reporter.step('boot with modules loaded late', () => see(input, second, tools));
  const checked = new Map<string, readonly Finding[]>();
  for (const object of objectsToCheck(input)) checked.set(object, await tools.check(object));
  const proof = judgeProof(input, { live, late, checked });
  return { proof, boots: [live, ...(late === undefined ? [] : [late])].map(record) };
}

/**
 * The second boot, when it can show anything. Modules that do not load here without the update are left out: one
 * that klp has patched and that then fails to start is refused when it is tried again, as insmod does, because
 * older kernels do not take back what klp wrote for it ("livepatch,x86: Clear relocation targets on a module
 * removal", v6.3).
 */
function planLateBoot(input: ProveInput, live: Seen): PlannedBoot | undefined {
  if (!deservesLateBoot(input, live)) return undefined;
  const modules = input.modules.filter(({ name }) => live.passed(COMMAND.loadModule(name)));
  return planProof({ ...input, modules })[1];
}

async function see(input: ProveInput, plan: PlannedBoot, tools: ProveTools): Promise<Seen> {
  const result = await (tools.boot ?? boot)({
    kernel: input.kernel,
    files: plan.files,
    commands: plan.commands,
    hardware: { cpus: PROCESSORS, ...input.hardware },
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
