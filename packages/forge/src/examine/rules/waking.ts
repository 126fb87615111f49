// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { differingWritten, lastMember, type WrittenCall, writtenChanges } from '../written.ts';

/** Waiting and waking (include/linux/wait.h, swait.h, completion.h). */
const WAITS =
  /^(?:__)?wake_up(?:_\w+)?$|^complete(?:_all)?$|^(?:re)?init_completion$|^swake_up_\w+$|^(?:wait_(?:event|for_completion|on_bit|var)|swait_event|prepare_to_(?:s?wait|wait_exclusive)|rcuwait_wa)\w*$|^kill_fasync$/;
/** What is done later (include/linux/workqueue.h, timer.h, hrtimer.h, interrupt.h, netdevice.h). */
const STARTS =
  /^(?:queue|schedule|mod)_(?:delayed_)?work(?:_on)?$|^(?:mod|add)_timer(?:_\w+)?$|^hrtimer_start\w*$|^(?:tasklet|napi)(?:_hi)?_schedule\w*$|^irq_work_queue\w*$/;

/** A task that fell asleep in old code is woken by new code, or by none. */
export const WAKING: ExamineRule = {
  code: 'EXAMINE_WAKING_CHANGED',
  looksFor:
    'In the text of the changed functions: calls that wait or wake (wait queues, completions), and calls that start work, timers and tasklets, that are others or stand at another number of places than before. What the old code waits for the new code must still announce, and what the old code started runs on.',
  cannotSee:
    'The conditions that are waited for. Waking by other names of a subsystem. Cancelling what was started: a missing cancel that is added is no question for a live update. Which object is meant.',
  examine: (context) =>
    writtenChanges(context).flatMap((change) => {
      const differing = differingWritten(change, said);
      if (differing.length === 0) return [];
      const reason = `waiting, waking or starting is done differently: ${differing.join(', ')}`;
      const place = { file: change.path, symbol: change.name };
      return [finding('EXAMINE_WAKING_CHANGED', 'review', place, reason)];
    }),
};

/** The call with what it wakes or starts. */
function said({ name, arguments: given }: WrittenCall): string | undefined {
  if (!WAITS.test(name) && !STARTS.test(name)) return undefined;
  // Work stands behind its queue.
  const what = given[/^(?:queue|mod)_(?:delayed_)?work$/.test(name) ? 1 : 0] ?? '';
  return `${name} of ${lastMember(what)}`;
}
