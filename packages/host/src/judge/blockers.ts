// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { readStack } from '../read/stack.ts';
import { finding } from './fit.ts';

/** What /proc says of one thread while a transition goes on. */
export interface TaskState {
  readonly tid: number;
  readonly name: string;
  /** 0: old code, 1: new code, -1: no transition (include/linux/livepatch.h, KLP_*). */
  readonly patchState: number;
  /** `/proc/PID/stack`; empty when it cannot be read. */
  readonly stack: string;
}

/** More tasks than a person reads. */
const MAX_NAMED = 20;

/** Whether a task has still to switch to `target`. */
export function hasToSwitch({ patchState }: Pick<TaskState, 'patchState'>, target: 0 | 1): boolean {
  return patchState !== -1 && patchState !== target;
}

/**
 * Says which tasks hold up a transition and where they are.
 *
 * @param functions names of the functions that the update replaces.
 */
export function judgeBlockers(
  tasks: readonly TaskState[],
  target: 0 | 1,
  functions: ReadonlySet<string>,
): Finding[] {
  const blocking = tasks.filter((task) => hasToSwitch(task, target));
  if (blocking.length === 0) {
    // The idle task of each processor switches too, and has no folder in /proc.
    const reason = 'no task of /proc has still to switch: it may have been the idle task of a processor';
    return [finding('HOST_TASK_BLOCKS', 'refuse', reason)];
  }
  const findings = blocking.slice(0, MAX_NAMED).map((task) => judgeTask(task, functions));
  const more = blocking.length - findings.length;
  if (more > 0) findings.push(finding('HOST_TASK_BLOCKS', 'refuse', `and ${more} more tasks`));
  return findings;
}

function judgeTask({ tid, name, stack }: TaskState, functions: ReadonlySet<string>): Finding {
  const frames = readStack(stack);
  const who = `task ${tid} (${name})`;
  const inside = frames.find((frame) => functions.has(frame));
  if (inside !== undefined) {
    const reason = `${who} is in ${inside}, called below ${frames[0] ?? inside}`;
    return finding('HOST_TASK_BLOCKS', 'refuse', reason, { symbol: inside });
  }
  const where =
    frames.length === 0
      ? 'runs, or shows no stack, and has not left the kernel since'
      : `is in ${frames[0]}, and none of the replaced functions is on its stack now`;
  return finding('HOST_TASK_BLOCKS', 'refuse', `${who} ${where}`);
}
