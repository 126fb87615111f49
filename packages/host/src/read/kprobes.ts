// SPDX-License-Identifier: GPL-2.0-or-later
import { VMLINUX } from './kallsyms.ts';

/** A kprobe that is set. */
export interface Kprobe {
  readonly object: string;
  /** The function in which it is. */
  readonly name: string;
  /** Bytes from the start of the function. */
  readonly offset: number;
}

/** `%px  %s  %s+0x%x  %s %s...`: address, kind, place, module, flags (kernel/kprobes.c, report_probe). */
const LINE = /^[0-9a-f]+\s+\S+\s+(\S+)\+0x([0-9a-f]{1,8})(?:\s+(?!\[)(\S+))?(?:\s+\[.*)?\s*$/;

/**
 * Reads `/sys/kernel/debug/kprobes/list`. Lines of another form are passed over, as this file only explains.
 */
export function readKprobes(text: string): Kprobe[] {
  return text.split('\n').flatMap((line) => {
    const [, name, offset, module] = LINE.exec(line) ?? [];
    if (name === undefined || offset === undefined) return [];
    return [{ object: module ?? VMLINUX, name, offset: Number.parseInt(offset, 16) }];
  });
}
