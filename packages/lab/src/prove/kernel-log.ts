// SPDX-License-Identifier: GPL-2.0-or-later

// What a kernel log says, and what of it counts against an update.
//
// Three rules, the strictest that applies:
// 1. Of what the livepatch core logs, and of what begins with the name of the update (which is what the module loader
//    and the taint code print), only the known good messages are allowed. A new message of a new kernel is a
//    complaint until someone has looked at it.
// 2. Any other line is a complaint when it is what the kernel prints when something is broken.
// 3. Everything else is the kernel's daily talk.
// Complaints from before the update was loaded don't count: the kernel cannot speak of what it has not seen. Nor does
// one that it makes then as well as later.

import { saysFault } from '@uptide/base';
import { LOG_MARK } from '../guest.ts';

/** A line of the log without its time stamp. */
export interface LogLine {
  readonly text: string;
  /** Number of the guest's command during or after which it came; undefined before the first. */
  readonly command: number | undefined;
  /** Milliseconds since the boot; undefined for a line without a time stamp. */
  readonly at?: number | undefined;
}

/** Some lines that belong together, of which the first is the complaint. */
export interface Complaint {
  readonly lines: readonly string[];
  readonly command: number | undefined;
}

/** Time stamp and, with CONFIG_PRINTK_CALLER, the caller (kernel/printk/printk.c, print_prefix). */
const PREFIX = /^(?:<\d+>)?\[ *(\d+\.\d+)\](?:\[ *[TC]\d+\])? /;
/** What follows a complaint in the log, for the reader: a WARN with its registers and stack has some 40 lines. */
const LINES_AFTER = 60;
/** First lines after which the registers and the stack follow. */
const REPORT = /\[ cut here \]|BUG: |Oops|WARNING: |Call Trace:|Kernel panic|general protection|INFO: /;

/** kernel/livepatch/transition.c, klp_try_switch_task: why a task cannot be switched (pr_debug). */
const BLOCKED = /^klp_\w+: (.+ (?:is running|has an unreliable stack|is sleeping on function .+))$/;

/** kernel/livepatch/core.c and transition.c; the last is what `plan.ts` asks for when a transition does not end. */
const GOOD_LIVEPATCH = [
  /^enabling patch '\w+'$/,
  /^'\w+': initializing (?:un)?patching transition$/,
  /^'\w+': starting (?:un)?patching transition$/,
  /^'\w+': completing (?:un)?patching transition$/,
  /^'\w+': (?:un)?patching complete$/,
  /^applying patch '\w+' to loading module '\w+'$/,
  /^reverting patch '\w+' on unloading module '\w+'$/,
  /^signaling remaining tasks$/,
  /^'\w+': reversing transition from (?:un)?patching to (?:un)?patching$/,
  BLOCKED,
];

/** kernel/livepatch/core.c, klp_enable_patch: what a level says that does not know a state of the one that is live. */
const REFUSED =
  /^livepatch: Livepatch patch \(\w+\) is not compatible with the already installed livepatches\.$/;

/** Whether klp says that the states of two updates keep one from replacing the other. */
export function isRefusal(line: string): boolean {
  return REFUSED.test(line);
}

/** kernel/module/main.c: what every module that is not part of the distribution's build makes the kernel say. */
const GOOD_LOADING = [
  /^loading out-of-tree module taints kernel\.$/,
  /^tainting kernel with TAINT_LIVEPATCH$/,
  /^module verification failed: signature and\/or required key missing - tainting kernel$/,
];

/** What else counts against a proof, where nothing but the update and its probes runs; a host has other reasons for it. */
const UNEXPECTED = [
  /unresolvable|Unknown symbol|disagrees about version|no symbol version|version magic/,
  /Skipping invalid relocation|overflow in relocation|Unknown rela relocation|relocation target/, // module.c
  /corrupt/i,
  /taints kernel|tainting kernel|Disabling lock debugging due to kernel taint/,
  /Out of memory|oom-kill|page allocation failure/,
];

/** Splits a log into lines, and lays each to the guest's command that was running. */
export function parseKernelLog(log: string): readonly LogLine[] {
  let command: number | undefined;
  const lines: LogLine[] = [];
  for (const raw of log.split('\n')) {
    const prefix = PREFIX.exec(raw);
    const text = raw.slice(prefix?.[0].length ?? 0).trimEnd();
    if (text === '') continue;
    const begin = text.startsWith(LOG_MARK) ? / begin (\d+)$/.exec(text)?.[1] : undefined;
    if (begin !== undefined) command = Number(begin);
    else if (!text.startsWith(LOG_MARK)) {
      const at = prefix?.[1] === undefined ? undefined : Number(prefix[1]) * 1000;
      lines.push({ text, command, at });
    }
  }
  return lines;
}

/** Why tasks hold up a transition, in klp's own words, each once. */
export function blockers(lines: readonly string[]): readonly string[] {
  const found = lines.map((line) => BLOCKED.exec(after(line, 'livepatch: ') ?? '')?.[1]);
  return [...new Set(found.filter((reason) => reason !== undefined))].sort();
}

/** The lines that came while a command ran. */
export function linesOf(lines: readonly LogLine[], command: number): readonly string[] {
  return lines.filter((line) => line.command === command).map((line) => line.text);
}

/**
 * How long a transition took: from the moment when klp began to enable, or to disable, until every task was switched.
 *
 * @param lines those of the transition.
 * @returns milliseconds; undefined when one of the two messages or its time stamp is missing.
 */
export function transitionTime(lines: readonly LogLine[], update: string): number | undefined {
  const begins = [
    `livepatch: enabling patch '${update}'`,
    `livepatch: '${update}': starting unpatching transition`,
  ];
  const ends = [`livepatch: '${update}': patching complete`, `livepatch: '${update}': unpatching complete`];
  const began = lines.find(({ text }) => begins.includes(text))?.at;
  const ended = lines.find(({ text }) => ends.includes(text))?.at;
  if (began === undefined || ended === undefined || ended < began) return undefined;
  return Math.round((ended - began) * 1000) / 1000;
}

/**
 * Finds the complaints in a log.
 *
 * @param updates names of the modules of the updates.
 */
export function findComplaints(
  lines: readonly LogLine[],
  ...updates: readonly string[]
): readonly Complaint[] {
  const complaints: Complaint[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    const end = line !== undefined && isComplaint(line.text, updates) ? endOfComplaint(lines, at) : at;
    if (end > at)
      complaints.push({ lines: lines.slice(at, end).map(({ text }) => text), command: line?.command });
    at = Math.max(end, at + 1);
  }
  return complaints;
}

/** What two complaints of the same cause share: the first telling line without its numbers. */
export function complaintKey(complaint: Complaint): string {
  const telling = complaint.lines.find((line) => !line.includes('[ cut here ]')) ?? '';
  return telling.replaceAll(/0x[0-9a-f]+|[0-9a-f]{8,}|\d+/g, '#');
}

/** The end of a complaint that starts at a line: a report goes on to its "end trace", anything else is one line. */
function endOfComplaint(lines: readonly LogLine[], start: number): number {
  const first = lines[start];
  let end = start + 1;
  if (first === undefined || !REPORT.test(first.text)) return end;
  while (end < lines.length && end - start < LINES_AFTER && lines[end]?.command === first.command) {
    end += 1;
    if (lines[end - 1]?.text.includes('[ end trace ') === true) break;
  }
  return end;
}

function isComplaint(text: string, updates: readonly string[]): boolean {
  const livepatch = after(text, 'livepatch: ');
  if (livepatch !== undefined) return !GOOD_LIVEPATCH.some((pattern) => pattern.test(livepatch));
  const [loading] = updates.flatMap((update) => after(text, `${update}: `) ?? []);
  if (loading !== undefined) return !GOOD_LOADING.some((pattern) => pattern.test(loading));
  return saysFault(text) || UNEXPECTED.some((pattern) => pattern.test(text));
}

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
