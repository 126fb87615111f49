// SPDX-License-Identifier: GPL-2.0-or-later
import { coldParent, stableName } from '../../compare/names.ts';
import { eachInstruction } from '../../dissect/instructions.ts';
import type { Piece } from '../../dissect/piece.ts';
import { finding } from '../../error.ts';
import { calledNames } from '../calls.ts';
import type { ExamineContext, ExamineRule } from '../model.ts';

/** Asked by the loop of a kernel thread (include/linux/kthread.h). */
const THREAD_ASKS = /^kthread_(freezable_)?should_(stop|park)$|^kthread_parkme$|^kthread_worker_fn$/;
/** Start a kernel thread with the address of its function. */
const THREAD_STARTS =
  /^(__)?kthread_(create|run)\w*$|^kernel_thread$|^user_mode_thread$|^create_io_thread$|^vhost_task_create$/;
/** Sleep until someone wakes the task, for any time. */
const WAITS = /^wait_for_completion(_interruptible|_killable|_state|_io)?$/;
/** Sleep once; in a loop, for any time. */
const SCHEDULES =
  /^(io_)?schedule(_timeout\w*|_hrtimeout\w*)?$|^wait_woken$|^freezable_schedule\w*$|^msleep\w*$/;

/**
 * klp moves a task to the new code when none of the replaced functions is on its stack; a task that sleeps in
 * one of them for ever is never moved.
 */
export const LONG_SLEEPER: ExamineRule = {
  code: 'EXAMINE_LONG_SLEEPER',
  looksFor:
    'Changed functions that a task may stay in for any time: the function of a kernel thread (it asks `kthread_should_stop`, or its address is given to a function that starts threads), one that waits for a completion without a limit, and one that calls `schedule` or sleeps inside a loop.',
  cannotSee:
    'Waiting inside a function that it calls. Threads whose function stands in a table (`smp_hotplug_thread`) or is given to another unit. Loops whose way back leads through the cold part. Whether someone wakes the task soon, and how long a time limit is. In which functions the tasks of a booted kernel sleep: findings are the same on every machine, and stacks are not.',
  examine: (context) =>
    context.comparison.changed.flatMap(({ name, pre }) => {
      const why = reasonToStay(pre, context);
      if (why === undefined) return [];
      return [finding('EXAMINE_LONG_SLEEPER', 'review', { file: context.source, symbol: name }, why)];
    }),
};

function reasonToStay(piece: Piece, { comparison }: ExamineContext): string | undefined {
  const names = [...calledNames(piece)].sort();
  const asks = names.find((name) => THREAD_ASKS.test(name));
  if (asks !== undefined) return `it is the loop of a kernel thread: it calls ${asks}`;
  const starter = comparison.pre.pieces.find((other) => startsThread(other, piece));
  if (starter !== undefined)
    return `${coldParent(starter.name) ?? stableName(starter.name)} starts a kernel thread with this function`;
  const waits = names.find((name) => WAITS.test(name));
  if (waits !== undefined) return `it calls ${waits}, which has no limit`;
  const looped = loopedCall(piece);
  return looped === undefined ? undefined : `it calls ${looped} inside a loop`;
}

/** Whether the function's address is the last that code loads before it starts a thread. */
function startsThread(starter: Piece, thread: Piece): boolean {
  if (starter.kind !== 'function') return false;
  let loaded: Piece | undefined;
  for (const { branch, target } of starter.references) {
    if (!branch && target.kind === 'piece' && target.piece.kind === 'function' && target.offset === 0) {
      loaded = target.piece;
    } else if (branch && target.kind === 'external' && THREAD_STARTS.test(target.symbol.name)) {
      if (loaded === thread) return true;
    }
  }
  return false;
}

/** A call that sleeps and that a backward jump over it repeats. */
function loopedCall({ bytes, references }: Piece): string | undefined {
  const sleeps = references.flatMap(({ at, branch, target }) =>
    branch && target.kind === 'external' && SCHEDULES.test(target.symbol.name)
      ? [{ at, name: target.symbol.name }]
      : [],
  );
  if (bytes === undefined || sleeps.length === 0) return undefined;
  let found: string | undefined;
  eachInstruction(bytes, ({ start, branchTo }) => {
    if (found !== undefined || branchTo === undefined || branchTo < 0) return;
    found = sleeps.find(({ at }) => branchTo <= at && at < start)?.name;
  });
  return found;
}
