// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import { compareCalls } from '../calls.ts';
import type { ExamineRule } from '../model.ts';

/** After these a task must not sleep until the counterpart. */
const ATOMIC =
  /^_raw_(spin|read|write)_(lock|trylock)|^__raw_spin_lock|^_atomic_dec_and_lock|^refcount_dec_and_lock|^__local_bh_disable_ip$|^__rcu_read_lock$|^preempt_count_add$/;

/** Functions that may sleep: locks that sleep, waiting, user memory, the allocators that always may. */
const SLEEPS =
  /^(mutex_lock|ww_mutex_lock|rt_mutex_lock|down_read|down_write|rtnl_lock|lock_sock_nested)(_(interruptible|killable|nested|io))*$|^down(_interruptible|_killable|_timeout)?$|^schedule(_timeout\w*|_hrtimeout\w*|_preempt_disabled)?$|^io_schedule\w*$|^wait_(for_\w+|on_\w+|woken)$|^prepare_to_wait\w*$|^(msleep|ssleep|usleep_range)\w*$|^fsleep$|^(_|__|raw_)?copy_(from|to)_user\w*$|^__(get|put)_user_\w+$|^(strncpy|strnlen)_(from_)?user$|^(v|vz|kv)malloc(_node|_user|_32)?$|^__?vmalloc\w*$|^(flush|cancel)_(delayed_)?work_sync$|^flush_(work|workqueue|delayed_work)$|^__flush_workqueue$|^synchronize_(rcu|srcu|net|irq|sched)\w*$|^(rcu|srcu)_barrier$|^kthread_(stop|park|flush_work|cancel_work_sync)$|^(__SCT__)?(might_resched|cond_resched)$|^__(might_sleep|might_resched|might_fault|cond_resched)$|^request_firmware$|^free_irq$/;

/** A call that waits, put where a spinlock is held, stops a processor. */
export const MAY_SLEEP: ExamineRule = {
  code: 'EXAMINE_MAY_SLEEP',
  looksFor:
    'New calls to functions that may sleep (mutexes, waiting, user memory, `vmalloc`, flushing work) in a changed function that before the patch took a spinlock, disabled bottom halves or began an RCU read side.',
  cannotSee:
    'Whether the call stands between the lock and its release. Callers that hold a spinlock around the whole function. Allocations, which sleep or not by their flags. Functions that sleep and are not in the list of the rule. Sections whose begin is inlined.',
  examine: ({ source, comparison }) =>
    comparison.changed.flatMap((change) => {
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
    }),
};
