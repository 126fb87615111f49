// SPDX-License-Identifier: GPL-2.0-or-later
import { saysFault } from '@uptide/base';

/** A message of the kernel's log. */
export interface KernelMessage {
  readonly sequence: number;
  readonly text: string;
}

/** Lines that are kept of what the kernel complains of, and their length; the log has the rest. */
const MAX_LINES = 20;
const MAX_LINE = 300;

/**
 * `priority,sequence,microseconds,flags[,...];text`, and lines of a dictionary that begin with a space
 * (Documentation/ABI/testing/dev-kmsg).
 */
const RECORD = /^(\d{1,10}),(\d{1,15}),\d+,[^;]*;(.*)$/;
/** What a program wrote into the log has a facility; the kernel itself has 0. */
const FACILITY_BITS = 3;

/** Reads what /dev/kmsg gave. Lines of another form are passed over: a dictionary, the rest of a long text. */
export function readMessages(text: string): KernelMessage[] {
  return text.split('\n').flatMap((line) => {
    const [, priority, sequence, message] = RECORD.exec(line) ?? [];
    if (sequence === undefined || message === undefined) return [];
    const own = Number(priority) >> FACILITY_BITS === 0;
    return [{ sequence: Number(sequence), text: own ? message : '' }];
  });
}

/** A program that died of a fault of its own: `traps: NAME[PID] general protection fault ip:...` (traps.c, show_signal). */
const PROGRAM_FAULT = /^traps: .*\[\d+\] /;

/** What the kernel thinks of its own configuration, also when a sysctl changes it (bugs.c, unpriv_ebpf_notify). */
const ADVICE = /^(?:Spectre V2|RETBleed) ?: /;

/** What only introduces or follows the line that tells. */
const FRAME = /^(?:Call Trace:|-+\[ cut here \]-+)$/;

const NO_COMPLAINTS = [PROGRAM_FAULT, ADVICE, FRAME];

/** The messages that say that something in the kernel is broken, without numbers that only a debugger can use. */
export function complaintsOf(messages: readonly KernelMessage[]): string[] {
  return messages
    .map(({ text }) => text)
    .filter((text) => saysFault(text) && !NO_COMPLAINTS.some((pattern) => pattern.test(text)))
    .map((text) => text.replaceAll(/\b(?:0x)?[0-9a-f]{16}\b/g, '#').slice(0, MAX_LINE))
    .slice(0, MAX_LINES);
}

/** What a crash dump in the firmware's store tells: its messages, each behind a priority and a time stamp. */
export function complaintsOfDump(dump: string): string[] {
  const lines = dump
    .split('\n')
    .map((line) => line.replace(/^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? /, ''));
  return complaintsOf(lines.map((text, sequence) => ({ sequence, text })));
}
