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

/** Of the tasks that rest in a function, those that are named: all threads of a kernel rest in `schedule`. */
const MAX_NAMED = 5;

/**
 * klp moves a task to the new code when none of the replaced functions is on its stack; a task that sleeps in
 * one of them for ever is never moved.
 */
export const LONG_SLEEPER: ExamineRule = {
  code: 'EXAMINE_LONG_SLEEPER',
  looksFor:
    'Changed functions that a task may stay in for any time. In the code: the function of a kernel thread (it asks `kthread_should_stop`, or its address is given to a function that starts threads), one that waits for a completion without a limit, and one that calls `schedule` or sleeps inside a loop. On the booted kernel: functions that lie on the stack of a task whenever the kernel is at rest. Where that is a kernel thread, it never leaves them, and the patch is refused; programs leave theirs by a signal, which klp sends.',
  cannotSee:
    'Waiting inside a function that it calls. Threads whose function stands in a table (`smp_hotplug_thread`) or is given to another unit. Loops whose way back leads through the cold part. Whether someone wakes the task soon, and how long a time limit is. Threads that the bare virtual machine does not have: those of drivers, of file systems, of modules; and all that only tasks of real machines wait for. Of two functions of one name in one object, which of them is on the stack.',
  examine: (context) =>
    context.comparison.changed.flatMap(({ name, pre }) => {
      const { threads, programs } = whoRests(name, context);
      const reasons = [
        reasonToStay(pre, context),
        threads.length === 0
          ? undefined
          : `kernel threads of the booted kernel rest in it and never leave it: ${listed(threads)}`,
        programs.length === 0
          ? undefined
          : `programs rest in it on the booted kernel (${listed(programs)}): they are switched when klp signals them, after 15 s, which may end their call with EINTR`,
      ].filter((reason) => reason !== undefined);
      if (reasons.length === 0) return [];
      const verdict = threads.length === 0 ? 'review' : 'refuse';
      const place = { file: context.source, symbol: name };
      return [finding('EXAMINE_LONG_SLEEPER', verdict, place, reasons.join('; '))];
    }),
};

/** The tasks of the booted kernel that rest in a function, its cold part included. */
function whoRests(
  function_: string,
  { object, resting }: ExamineContext,
): { readonly threads: readonly string[]; readonly programs: readonly string[] } {
  const places = resting.filter(
    (place) => place.object === object && (coldParent(place.name) ?? place.name) === function_,
  );
  return {
    threads: [...new Set(places.flatMap(({ threads }) => threads))].sort(),
    programs: [...new Set(places.flatMap(({ programs }) => programs))].sort(),
  };
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

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
