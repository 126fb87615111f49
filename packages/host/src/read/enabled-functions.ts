// SPDX-License-Identifier: GPL-2.0-or-later
import { VMLINUX } from './kallsyms.ts';

/** A function that ftrace calls somebody for. */
export interface TracedFunction {
  readonly object: string;
  readonly name: string;
  /** Whether one of its users may send the call elsewhere (FTRACE_OPS_FL_IPMODIFY); the kernel allows one. */
  readonly redirected: boolean;
  /** Whether a trampoline is called directly, as BPF programs are. */
  readonly direct: boolean;
  /** The rest of the line, which names the trampoline or the callback where the kernel knows them. */
  readonly users: string;
}

/** `%ps [module] (%ld)` and flags as single letters (kernel/trace/ftrace.c, t_show). */
const LINE = /^(\S+)(?: \[(\S+)\])? \(\d+\)(.*)$/;

/**
 * Reads `enabled_functions` of tracefs. What else may stand in a line differs between kernels; lines of another
 * form are passed over, because this file only explains and the kernel itself decides.
 */
export function readEnabledFunctions(text: string): TracedFunction[] {
  return text.split('\n').flatMap((line) => {
    const [, name, module, rest] = LINE.exec(line) ?? [];
    if (name === undefined || rest === undefined) return [];
    // Flags stand before the first word of more than one letter.
    const flags = /^[ A-Z]*(?=\s|$)/.exec(rest)?.[0].split(' ') ?? [];
    const users = rest.trim().replaceAll(/\s+/g, ' ');
    return [
      {
        object: module ?? VMLINUX,
        name,
        redirected: flags.includes('I'),
        direct: flags.includes('D'),
        users,
      },
    ];
  });
}
