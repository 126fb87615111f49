// SPDX-License-Identifier: GPL-2.0-or-later
import type { Progress } from './frames.ts';
import type { QemuEnd } from './qemu.ts';

/**
 * How a boot ended. `completed`: all commands ran and the guest powered off. `panic`: the kernel panicked.
 * `hang`: it, or a command, did not go on within its time. `ended`: QEMU ended for another reason, or what came out
 * of it could not be understood.
 */
export type Outcome = 'completed' | 'panic' | 'hang' | 'ended';

/** What is known when QEMU is gone. */
export interface Evidence {
  readonly progress: Progress;
  readonly log: string;
  readonly end: QemuEnd;
  /** Why the host ended it: too much time or what cannot be understood; undefined when it ended by itself. */
  readonly killed: { readonly outcome: 'hang' | 'ended'; readonly reason: string } | undefined;
}

/** kernel/panic.c, panic(). */
const PANIC = /Kernel panic - not syncing: .*/;

/** Whether the kernel says that it panicked. */
export function hasPanicked(log: string): boolean {
  return PANIC.test(log);
}

/** Judges how a boot ended. Pure. */
export function judgeEnd(evidence: Evidence): { readonly outcome: Outcome; readonly reason: string } {
  const { progress, log, end, killed } = evidence;
  const panic = PANIC.exec(log)?.[0];
  // A hang is asked for its stacks by an interrupt that makes the kernel panic: the hang came first.
  if (killed !== undefined && !(killed.outcome === 'ended' && panic !== undefined)) return killed;
  if (panic !== undefined) return { outcome: 'panic', reason: panic };
  if (progress.kind === 'done' && end.status === 0) return { outcome: 'completed', reason: '' };
  const how = end.status === undefined ? 'was killed by a signal' : `ended with status ${end.status}`;
  const words = end.stderr.trim();
  return {
    outcome: 'ended',
    reason: `QEMU ${how} ${whileWhat(progress)}${words === '' ? '' : `: ${words}`}`,
  };
}

/** Says what the guest was at, for a message. */
export function whileWhat(progress: Progress): string {
  switch (progress.kind) {
    case 'booting':
      return 'before the guest ran its first program';
    case 'running':
      return `during command ${progress.command}`;
    case 'between':
      return `before command ${progress.next}`;
    case 'done':
      return 'while the guest powered off';
  }
}
