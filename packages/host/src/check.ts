// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { findBuildId } from '@uptide/elf';
import type { Update } from '@uptide/stream';
import { finding, judgeFit, judgeReview, type KernelFacts, whySigned } from './judge/fit.ts';
import { judgeOwners } from './judge/owners.ts';
import { judgeStates } from './judge/states.ts';
import { LIVEPATCH, liveUpdates } from './live-updates.ts';
import type { Machine } from './machine.ts';
import { readEnabledFunctions } from './read/enabled-functions.ts';
import { readKprobes } from './read/kprobes.ts';
import { judgeRunningCode } from './running-code.ts';

/** Where tracefs is; before 4.1 and on old mounts below debugfs. */
const TRACED = ['sys/kernel/tracing/enabled_functions', 'sys/kernel/debug/tracing/enabled_functions'];
const KPROBES = 'sys/kernel/debug/kprobes/list';

/** All that speaks for and against loading an update now. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  /** Whether the running code was compared. */
  readonly matched: boolean;
}

/**
 * Looks whether an update fits the machine as it is. Nothing is changed.
 *
 * @throws HostError HOST_UNREADABLE when the kernel does not show what the judgement rests on.
 */
export async function checkUpdate(machine: Machine, { description, module }: Update): Promise<CheckResult> {
  const fit = [...judgeFit(description, module, await kernelFacts(machine)), ...judgeReview(description)];
  const root = machine.effects.isRoot()
    ? []
    : [finding('HOST_NOT_ROOT', 'refuse', 'this process is not root')];
  // On another kernel neither names nor bytes mean what the update says.
  if (fit.some(({ code }) => code === 'HOST_OTHER_RELEASE' || code === 'HOST_OTHER_BUILD_ID')) {
    return { findings: [...root, ...fit], matched: false };
  }
  const modules = (await machine.folders('sys/module')) ?? [];
  const kprobes = readKprobes((await machine.hint(KPROBES)) ?? '');
  const updates = await liveUpdates(machine);
  const owners = judgeOwners(description, {
    updates,
    modules,
    traced: readEnabledFunctions(await firstOf(machine, TRACED)),
    kprobes,
  });
  const code = await judgeRunningCode(machine, description, modules, kprobes);
  return {
    findings: [...root, ...fit, ...owners, ...judgeStates(description, updates), ...code.findings],
    matched: code.compared,
  };
}

async function kernelFacts(machine: Machine): Promise<KernelFacts> {
  const notes = await machine.bytes('sys/kernel/notes');
  return {
    release: (await machine.text('proc/sys/kernel/osrelease'))?.trim(),
    buildId: notes === undefined ? undefined : findBuildId(notes),
    hasLivepatch: (await machine.folders(LIVEPATCH)) !== undefined,
    modulesDisabled: (await machine.text('proc/sys/kernel/modules_disabled'))?.trim() === '1',
    signatureRequired: whySigned(
      await machine.text('sys/kernel/security/lockdown'),
      await machine.text('sys/module/module/parameters/sig_enforce'),
    ),
  };
}

async function firstOf(machine: Machine, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const text = await machine.hint(path);
    if (text !== undefined) return text;
  }
  return '';
}
