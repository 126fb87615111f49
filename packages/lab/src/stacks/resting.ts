// SPDX-License-Identifier: GPL-2.0-or-later
import type { RestingFunction } from '@uptide/kernel';
import { LabError } from '../error.ts';
import type { DumpedTask, Frame } from './task-dump.ts';

/** The parent of all kernel threads (init/main.c, rest_init). */
const KTHREADD = 2;
/** The program that ends a command after its time (`guest.ts`) looks at it every second. */
const TIMER = 'timeout';
/** On the stack of the one task that prints the others. */
const PRINTER = 'write_sysrq_trigger';

/**
 * The functions that lay on the stack of one and the same task in every dump. What a task only passes through is
 * missing from one of them, so that the answer is the same from boot to boot.
 *
 * @returns sorted by object and name
 * @throws LabError LAB_STACKS_UNREAD when a dump is not whole
 */
export function restingFunctions(dumps: readonly (readonly DumpedTask[])[]): readonly RestingFunction[] {
  for (const dump of dumps) requireWhole(dump);
  const found = new Map<string, { frame: Frame; threads: Set<string>; programs: Set<string> }>();
  const [first = [], ...others] = dumps.map(byPid);
  for (const [pid, task] of first) {
    if (task.name === TIMER || task.frames.some(({ name }) => name === PRINTER)) continue;
    const later = others.map((dump) => dump.get(pid));
    for (const frame of task.frames) {
      if (!later.every((seen) => seen !== undefined && has(seen, frame))) continue;
      const key = keyOf(frame);
      const known = found.get(key) ?? { frame, threads: new Set(), programs: new Set() };
      (isThread(task) ? known.threads : known.programs).add(plainName(task.name));
      found.set(key, known);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { frame, threads, programs }]) => ({
      ...frame,
      threads: [...threads].sort(),
      programs: [...programs].sort(),
    }));
}

function requireWhole(dump: readonly DumpedTask[]): void {
  const cut = dump.find(({ complete }) => !complete);
  if (cut !== undefined) throw unread(`the stack of ${JSON.stringify(cut.name)} has no end`);
  if (!dump.some(({ pid }) => pid === KTHREADD)) throw unread('the kernel did not print its first thread');
}

function unread(why: string): LabError {
  return new LabError('LAB_STACKS_UNREAD', why);
}

function byPid(dump: readonly DumpedTask[]): ReadonlyMap<number, DumpedTask> {
  return new Map(dump.map((task) => [task.pid, task]));
}

function has(task: DumpedTask, frame: Frame): boolean {
  return task.frames.some((other) => keyOf(other) === keyOf(frame));
}

function keyOf({ object, name }: Frame): string {
  return `${object} ${name}`;
}

function isThread({ pid, parent }: DumpedTask): boolean {
  return pid === KTHREADD || parent === KTHREADD;
}

/** `kworker/0:1H` is a kworker, `kswapd0` a kswapd: which processor or node it serves says nothing of its code. */
function plainName(name: string): string {
  const slash = name.indexOf('/');
  return slash > 0 ? name.slice(0, slash) : name.replace(/(?<=\D)\d+$/, '');
}
