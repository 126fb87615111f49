// SPDX-License-Identifier: GPL-2.0-or-later

/** `[<0>] %pB` (fs/proc/base.c, proc_pid_stack): name, offset and size, and the module. */
const LINE = /^\[<[0-9a-f]+>\] ([^\s+]+)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\S+\])?$/;

/** Reads `/proc/PID/stack`: the functions from the innermost outward. Lines without a function are left out. */
export function readStack(text: string): string[] {
  return text.split('\n').flatMap((line) => LINE.exec(line.trim())?.[1] ?? []);
}
