// SPDX-License-Identifier: GPL-2.0-or-later

/** What the kernel prints when something in it is broken, with where it does. */
const FAULTS = [
  /\bWARNING: /, // __warn(); lockdep; RCU
  /\bBUG: /, // oopses, KASAN, soft lockups, scheduling while atomic, bad page state
  /\bkernel BUG at /, // arch/x86/kernel/traps.c
  /\bOops\b/, // arch/x86/kernel/dumpstack.c
  /general protection|double fault|invalid opcode|stack segment|int3: |divide error|control protection/i, // traps.c
  /unable to handle|unable to access opcode/i,
  /Kernel panic|Attempted to kill init/,
  /Call Trace:|\[ cut here \]/,
  /\bINFO: (?:task|rcu|possible|suspicious|trying|inconsistent)|possible recursive locking|possible circular locking/,
  /detected (?:expedited )?stalls?|self-detected stall|blocked for more than/,
  /Unpatched return thunk|Missing ENDBR|Bad return thunk|RETBleed/, // arch/x86/kernel/cpu/bugs.c, traps.c
  /\bftrace (?:failed|bug|faulted|record)|ftrace-?bug/i,
  /^(?:jump_label|static_call|alternatives): /, // each prints only on a fault once the boot is over
  /\b(?:list_add|list_del) corruption|refcount_t: |kobject \(.*\): tried|slab error/i,
  /\bUBSAN: |\bKASAN: |\bKCSAN: |\bKFENCE: |\bkmemleak: |\bdebug_objects\b|ODEBUG/,
  /unwind(?:er)? .*(?:warning|bad|unrecognized)|stack (?:overflow|guard page)|kernel stack/i,
];

/**
 * Whether a message of the kernel says that something in the kernel is broken: an oops, a WARN, a lockup, a task
 * that hangs, a list that is corrupt.
 *
 * @param text the message without its time stamp.
 */
export function saysFault(text: string): boolean {
  return FAULTS.some((pattern) => pattern.test(text));
}
