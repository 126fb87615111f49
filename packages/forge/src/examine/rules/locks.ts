// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import { compareCalls, differingCalls } from '../calls.ts';
import type { ExamineRule } from '../model.ts';

/** Locks whose functions do not say so in their name (include/linux/rwsem.h, semaphore.h, bottom_half.h). */
const UNNAMED =
  /^(down|up)(_(read|write|interruptible|killable|trylock|timeout)\w*)?$|^downgrade_write$|^release_sock$|^__local_bh_(disable|enable)_ip$/;

/** Words of names that speak of a lock and do not take it. */
const NO_STEP = new Set(['init', 'lockdep', 'held', 'name', 'map', 'key', 'stat', 'slowpath']);
const STEPS = new Set(['lock', 'trylock', 'unlock', 'rlock', 'wlock', 'relock']);

/** Whether a function takes or releases a lock, by its name. */
export function isLockStep(name: string): boolean {
  if (UNNAMED.test(name)) return true;
  const words = name.split('_');
  return words.some((word) => STEPS.has(word)) && !words.some((word) => NO_STEP.has(word));
}

/** What is locked must be agreed on by all code that runs; old and new code run side by side for a while. */
export const LOCKS: ExamineRule = {
  code: 'EXAMINE_LOCKS_CHANGED',
  looksFor:
    'Changed functions in which the calls that take or release a lock (mutexes, spinlocks, semaphores, RCU, bottom halves, sockets, whatever has `lock` or `unlock` in its name) are others or stand at another number of places than before.',
  cannotSee:
    'Which lock is meant, what runs under it, and the order of two: that is looked for in the text (`EXAMINE_LOCK_ORDER`). Locks whose code is inlined: `rcu_read_lock` and `preempt_disable` of many configurations, `spin_unlock` without preemption, bit locks. Locks that are taken through a pointer, or in a function that both versions call. The compiler may double or join call sites, so another number can mean the same.',
  examine: ({ source, comparison }) =>
    comparison.changed.flatMap((change) => {
      const differing = differingCalls(compareCalls(change), isLockStep);
      if (differing.length === 0) return [];
      const reason = `locks are taken or released differently: ${differing.join(', ')}`;
      return [finding('EXAMINE_LOCKS_CHANGED', 'review', { file: source, symbol: change.name }, reason)];
    }),
};
