// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { finding } from '../../error.ts';
import { type HeldSleeper, heldSleepers } from '../atomic.ts';
import { compareCalls } from '../calls.ts';
import type { ExamineContext, ExamineRule } from '../model.ts';
import { sourceNameOf } from '../source.ts';
import { missingIn } from '../written.ts';

/** After these a task must not sleep until the counterpart. */
const ATOMIC =
  /^_raw_(spin|read|write)_(lock|trylock)|^__raw_spin_lock|^_atomic_dec_and_lock|^refcount_dec_and_lock|^__local_bh_disable_ip$|^__rcu_read_lock$|^preempt_count_add$/;

/** Functions that may sleep: locks that sleep, waiting, user memory, the allocators that always may. */
const SLEEPS =
  /^(mutex_lock|ww_mutex_lock|rt_mutex_lock|down_read|down_write|rtnl_lock|lock_sock_nested)(_(interruptible|killable|nested|io))*$|^down(_interruptible|_killable|_timeout)?$|^schedule(_timeout\w*|_hrtimeout\w*|_preempt_disabled)?$|^io_schedule\w*$|^wait_(for_\w+|on_\w+|woken)$|^prepare_to_wait\w*$|^(msleep|ssleep|usleep_range)\w*$|^fsleep$|^(_|__|raw_)?copy_(from|to)_user\w*$|^__(get|put)_user_\w+$|^(strncpy|strnlen)_(from_)?user$|^(v|vz|kv)malloc(_node|_user|_32)?$|^__?vmalloc\w*$|^(flush|cancel)_(delayed_)?work_sync$|^flush_(work|workqueue|delayed_work)$|^__flush_workqueue$|^synchronize_(rcu|srcu|net|irq|sched)\w*$|^(rcu|srcu)_barrier$|^kthread_(stop|park|flush_work|cancel_work_sync)$|^(__SCT__)?(might_resched|cond_resched)$|^__(might_sleep|might_resched|might_fault|cond_resched)$|^request_firmware$|^free_irq$/;

/** Calls that are listed; who needs more reads the patch. */
const MAX_LISTED = 8;

/** A call that waits, put where a spinlock is held, stops a processor. */
export const MAY_SLEEP: ExamineRule = {
  code: 'EXAMINE_MAY_SLEEP',
  looksFor:
    'New calls to functions that may sleep (mutexes, waiting, user memory, `vmalloc`, flushing work) in a changed function that before the patch took a spinlock, disabled bottom halves or began an RCU read side. In the text of a changed file: calls that may sleep, allocations with `GFP_KERNEL` and its like among them, that now stand between a spinlock, an RCU read side or disabled preemption and its end, or in a function that the file gives to a timer, a tasklet, RCU, NAPI or an interrupt; in functions that they call as well, where the file has them.',
  cannotSee:
    'In the code, whether the call stands between the lock and its release. In the text, what callers in other files hold, locks that macros take, and what runs under a lock in a function that is too long or too deep to be read. Functions that sleep and are not in the lists of the rule.',
  examine: ({ source, comparison, changes }) => {
    const written = changes.flatMap(inText);
    const told = new Set(written.map(({ place }) => place.symbol));
    const compiled = comparison.changed.flatMap((change) => {
      if (told.has(sourceNameOf(change.name))) return [];
      const { pre, post } = compareCalls(change);
      const atomic = [...pre.keys()].filter((name) => ATOMIC.test(name)).sort();
      if (atomic.length === 0) return [];
      const added = [...post]
        .filter(([name, count]) => SLEEPS.test(name) && count > (pre.get(name) ?? 0))
        .map(([name]) => name)
        .sort();
      if (added.length === 0) return [];
      const reason = `new calls may sleep: ${added.join(', ')}; the function uses ${atomic.join(', ')}`;
      return [finding('EXAMINE_MAY_SLEEP', 'review', { file: source, symbol: change.name }, reason)];
    });
    return [...written, ...compiled];
  },
};

/** What the text of a changed file says, which may be one that the source includes: calls that stand now where nothing may sleep. */
function inText(change: ExamineContext['changes'][number]): Finding[] {
  const key = ({ name, call }: HeldSleeper): string => `${name} ${call}`;
  const after = heldSleepers(change.post);
  if (after.length === 0) return [];
  const come = missingIn(after, heldSleepers(change.pre), key);
  return [...Map.groupBy(come, ({ name }) => name)].map(([name, calls]) => {
    const list = [...new Set(calls.map(({ call, why }) => `${call} (${why})`))];
    const more = list.length - MAX_LISTED;
    const listed = `${list.slice(0, MAX_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    const reason = `it may sleep where it must not, as the text reads: ${listed}`;
    return finding('EXAMINE_MAY_SLEEP', 'review', { file: change.path, symbol: name }, reason);
  });
}
