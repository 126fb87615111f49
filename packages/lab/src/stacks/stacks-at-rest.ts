// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In which functions do tasks sleep for ever?
 *
 * The problem. klp moves a task to the new code when none of the replaced functions is on its stack. A kernel thread
 * that sleeps in one of them never is moved: its transition does not end, on any machine that has the thread. The code
 * of a function shows some of that (it asks kthread_should_stop), and not all (`kauditd_thread` and `worker_thread` do
 * not).
 *
 * The approach. The stock kernel is booted once, some programs are put to sleep, and when there is nothing left to do
 * the kernel prints all stacks, six times, a second apart. What lies on the stack of the same task each time is where
 * that task rests. On 6.1, kswapd rests in `kswapd`, `kthread`, `schedule`, `__schedule` and `ret_from_fork`.
 *
 * Why the answer may be a part of findings, which have to be the same on every machine: the image, the machine and what
 * goes on in it are always the same, and what differs from boot to boot is left out by the six looks. The answer is
 * kept with the baseline, by the image and by what was done.
 *
 * Limits. Only threads that the bare virtual machine has: none of drivers, of mounted file systems, of modules. Tasks
 * of real machines sleep in many more places. Functions are told by name and object: two of the same name are one.
 *
 * Cost: a boot of 10 s, once for each kernel.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Reporter, sha256, writeFileAtomically } from '@uptide/base';
import type { Baseline, RestingFunction } from '@uptide/kernel';
import { LabError } from '../error.ts';
import { type BootOptions, type BootResult, boot } from '../machine.ts';
import { linesOf, parseKernelLog } from '../prove/kernel-log.ts';
import { COMMANDS, DUMPS } from './plan.ts';
import { restingFunctions } from './resting.ts';
import { readTaskDumps } from './task-dump.ts';

/** Raised when the form of what is kept, or the reading of the log, changes. */
const FORM = 'uptide-stacks 1';

/** What looking at stacks has of the world. */
export interface StacksTools {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly boot?: (options: BootOptions) => Promise<BootResult>;
}

/**
 * The functions in which tasks of the kernel rest, from the baseline's cache when they were looked at before. What is
 * kept and damaged is looked at anew.
 *
 * @throws LabError LAB_STACKS_UNREAD, and as `boot`
 */
export async function stacksAtRest(
  baseline: Pick<Baseline, 'vmlinuz' | 'buildId' | 'cache'>,
  tools: StacksTools,
): Promise<readonly RestingFunction[]> {
  const key = sha256(FORM, baseline.buildId, JSON.stringify(COMMANDS));
  const path = join(baseline.cache, 'stacks', key);
  const kept = await readKept(path);
  if (kept !== undefined) return kept;
  const found = await tools.reporter.step('stacks', () => look(baseline.vmlinuz, tools));
  const body = JSON.stringify(found);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, `${sha256(body)}\n${body}\n`);
  return found;
}

async function look(kernel: string, { signal, ...tools }: StacksTools): Promise<readonly RestingFunction[]> {
  const result = await (tools.boot ?? boot)({
    kernel,
    commands: COMMANDS,
    // On one processor only the task that asks is running: all others have saved their stacks.
    hardware: { cpus: 1 },
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.outcome !== 'completed') throw new LabError('LAB_STACKS_UNREAD', result.reason);
  const failed = COMMANDS.find(({ id }) => result.results.get(id)?.status !== 0);
  if (failed !== undefined) {
    const words = result.results.get(failed.id)?.stderr.toString().trim() ?? '';
    throw new LabError('LAB_STACKS_UNREAD', `the step ${failed.id} failed: ${words}`);
  }
  const at = COMMANDS.findIndex(({ id }) => id === 'look');
  const dumps = readTaskDumps(linesOf(parseKernelLog(result.log), at));
  if (dumps.length !== DUMPS) {
    throw new LabError(
      'LAB_STACKS_UNREAD',
      `the kernel printed its stacks ${dumps.length} times, not ${DUMPS}`,
    );
  }
  return restingFunctions(dumps);
}

async function readKept(path: string): Promise<readonly RestingFunction[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const [digest, body] = text?.split('\n') ?? [];
  if (digest === undefined || body === undefined || sha256(body) !== digest) return undefined;
  return JSON.parse(body) as readonly RestingFunction[];
}
