// SPDX-License-Identifier: GPL-2.0-or-later

// Has the kernel complained since an update was loaded?
//
// Two witnesses. The log has the words, but it is a ring: on a machine that logs much, what was said an hour ago is
// gone. The counters (warn_count, oops_count, the taint) have no words, but forget nothing; older kernels have the
// taint alone, whose bits stay set once they are. So: a fault in the log, or a counter that rose, is a complaint. When
// the log lost messages and the kernel has no counter of warnings, nobody knows what was said, and the probation
// begins anew. Hung tasks are counted by new kernels only; in a gap of the log they may be missed.

import { complaintsOf, type KernelMessage } from './messages.ts';
import type { LiveState, Marks } from './record.ts';

/** Documentation/admin-guide/tainted-kernels.rst: bad page, died (oops or BUG), warning, soft lockup. */
const TAINTS: readonly (readonly [bit: number, what: string])[] = [
  [5, 'a bad page'],
  [7, 'an oops'],
  [9, 'a warning'],
  [14, 'a soft lockup'],
];
const COUNTERS: readonly (readonly [name: 'warnings' | 'oopses' | 'hungTasks', what: string])[] = [
  ['warnings', 'warnings'],
  ['oopses', 'oopses'],
  ['hungTasks', 'hung tasks'],
];

/** What is seen of the kernel now. */
export interface Watch {
  readonly marks: Marks;
  /** The log as far as it is kept, oldest first. */
  readonly messages: readonly KernelMessage[];
  /** The number of the first message that no look has seen yet; undefined when there was none in this boot. */
  readonly seenUpTo?: number;
}

/** What a look at the kernel means for an update on probation. */
export type Verdict =
  | { readonly kind: 'complaint'; readonly lines: readonly string[] }
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'trusted' }
  | { readonly kind: 'wait'; readonly milliseconds: number };

/**
 * Judges an update on probation.
 *
 * @param uptime milliseconds since the kernel started.
 * @param probation milliseconds that an update has to run without a complaint.
 */
export function judgeProbation(live: LiveState, watch: Watch, uptime: number, probation: number): Verdict {
  const { marks: before } = live;
  const from = before.nextMessage ?? 0;
  const said = complaintsOf(watch.messages.filter(({ sequence }) => sequence >= from));
  const lines = [...said, ...(said.length === 0 ? rises(before, watch.marks) : [])];
  if (lines.length > 0) return { kind: 'complaint', lines };
  const counted = before.warnings !== undefined && watch.marks.warnings !== undefined;
  if (!counted && !sawAll(watch, before.nextMessage)) return { kind: 'unwatched' };
  const left = live.watchedSince + probation - uptime;
  return left > 0 ? { kind: 'wait', milliseconds: left } : { kind: 'trusted' };
}

/** Whether no message has left the log unseen since `from`. */
function sawAll({ messages, marks, seenUpTo }: Watch, from: number | undefined): boolean {
  if (from === undefined || marks.nextMessage === undefined) return false;
  const needed = Math.max(from, seenUpTo ?? 0);
  const oldest = messages[0]?.sequence ?? marks.nextMessage;
  return oldest <= needed;
}

/** The counters that rose. */
function rises(before: Marks, now: Marks): string[] {
  const taints = TAINTS.filter(
    ([bit]) =>
      before.taint !== undefined &&
      now.taint !== undefined &&
      (before.taint & (1 << bit)) === 0 &&
      (now.taint & (1 << bit)) !== 0,
  ).map(([, what]) => `the kernel is tainted by ${what} since`);
  const counters = COUNTERS.flatMap(([name, what]) => {
    const was = before[name];
    const is = now[name];
    return was !== undefined && is !== undefined && is > was
      ? [`the kernel counts ${is - was} ${what} since`]
      : [];
  });
  return [...taints, ...counters];
}
