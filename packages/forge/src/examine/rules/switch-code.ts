// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel carries out a live update with its own code: it loads a module, reads stacks, stops processors, writes
 * into text, and sends each call through ftrace. A patch of that code is carried out by the code that it replaces.
 *
 * Example. `klp_try_switch_task` looks whether a task stands in a function that is replaced. When that function is
 * `klp_try_switch_task` itself, the task that looks always stands in it: it cannot be switched by its own look.
 */
import { finding } from '../../error.ts';
import { calledNames } from '../calls.ts';
import type { ExamineRule } from '../model.ts';

/** What a unit does for an update, by its path (kernel/livepatch/transition.c and what it calls, in 6.1 and 6.12). */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [
    /^kernel\/livepatch\//,
    'the livepatch core itself: the code that switches the tasks is the code that is replaced',
  ],
  [
    /^kernel\/trace\/(?:ftrace|fgraph)\.c$|^arch\/\w+\/kernel\/(?:ftrace|rethook)\.c$|^kernel\/trace\/trace_recursion_record\.c$/,
    'ftrace, by which every call of a replaced function is sent on, those of this code among them',
  ],
  [
    /^kernel\/stacktrace\.c$|^arch\/\w+\/kernel\/(?:stacktrace|unwind_\w+|dumpstack\w*)\.c$/,
    'code that reads the stacks of tasks: what it says decides whether a task may be switched',
  ],
  [
    /^kernel\/module\/|^kernel\/params\.c$|^arch\/\w+\/kernel\/module\.c$|^kernel\/kallsyms\.c$/,
    'code that loads modules and finds their symbols: it loads this update, and takes it out again',
  ],
  [
    /^kernel\/(?:jump_label|static_call\w*|stop_machine|kprobes)\.c$|^arch\/\w+\/kernel\/(?:alternative|jump_label|static_call|kprobes\/\w+)\.c$/,
    'code that stops processors or writes into running code, as it is done while the update comes and goes',
  ],
];
/** These only serve updates: they switch nothing. */
const SERVES = /^klp_shadow_/;

/** Code that the switch runs through is the one code that the switch cannot guard. */
export const SWITCH_CODE: ExamineRule = {
  code: 'EXAMINE_SWITCH_CODE',
  looksFor:
    'Changed functions of the units that carry a live update out: the livepatch core, ftrace, what reads stacks, the loader of modules, what stops processors and writes into code; and functions elsewhere that call the livepatch core, as the way back to user space and the idle loop do.',
  cannotSee:
    'Code that this code calls: the scheduler, locks, RCU, memory. Code that the way of an update uses on a host before the kernel is asked (`/proc/kcore`, `/sys`).',
  examine: ({ source, comparison }) => {
    const words = UNITS.find(([path]) => path.test(source))?.[1];
    return comparison.changed.flatMap(({ name, pre }) => {
      const core = [...calledNames(pre)].filter(
        (called) => called.startsWith('klp_') && !SERVES.test(called),
      );
      const why =
        words ??
        (core.length === 0 ? undefined : `it calls ${core.sort().join(', ')}: tasks are switched here`);
      if (why === undefined) return [];
      return [finding('EXAMINE_SWITCH_CODE', 'review', { file: source, symbol: name }, why)];
    });
  },
};
