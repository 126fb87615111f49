// SPDX-License-Identifier: GPL-2.0-or-later

// The stacks of all tasks, as the kernel prints them for SysRq `t` (kernel/sched/core.c, show_state_filter):
//
//     sysrq: Show State
//     task:kauditd         state:S stack:0     pid:22    ppid:2      flags:0x00004000
//     Call Trace:
//      <TASK>
//      __schedule+0x34d/0xa00
//      ? add_wait_queue+0x50/0x50
//      kauditd_thread+0x2a3/0x2d0
//      </TASK>
//
// A frame with a question mark is what the unwinder came across and does not count as a caller
// (arch/x86/kernel/dumpstack.c). /proc/PID/stack is no substitute: it leaves out the functions of the scheduler
// (kernel/stacktrace.c, stack_trace_consume_entry_nosched).

/** A place on a stack. */
export interface Frame {
  readonly name: string;
  /** `vmlinux` or the module's name. */
  readonly object: string;
}

/** A task with the functions on its stack, the innermost first. */
export interface DumpedTask {
  readonly name: string;
  readonly pid: number;
  readonly parent: number;
  readonly frames: readonly Frame[];
  /** Whether the end of its stack was there to read. */
  readonly complete: boolean;
}

const BEGIN = /^sysrq: Show State$/;
/** The name is padded to TASK_COMM_LEN - 1 characters, and may have any in it. */
const TASK = /^task:(.{15}) state:\S.* pid:(\d+)\b.* ppid:(\d+)\b/;
const FRAME = /^ (\? )?([\w.$]+)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[(\w+)\])?$/;
const END = ' </TASK>';

/**
 * Reads one dump after the other.
 *
 * @param lines of the kernel log, without their time stamps
 */
export function readTaskDumps(lines: readonly string[]): readonly (readonly DumpedTask[])[] {
  const dumps: DumpedTask[][] = [];
  let task: { head: Omit<DumpedTask, 'frames' | 'complete'>; frames: Frame[] } | undefined;
  const close = (complete: boolean): void => {
    if (task !== undefined) dumps.at(-1)?.push({ ...task.head, frames: task.frames, complete });
    task = undefined;
  };
  for (const line of lines) {
    const head = TASK.exec(line);
    if (BEGIN.test(line) || head !== null) close(false);
    if (BEGIN.test(line)) dumps.push([]);
    if (head !== null) {
      const [, name = '', pid, parent] = head;
      task = { head: { name: name.trim(), pid: Number(pid), parent: Number(parent) }, frames: [] };
    } else if (line === END) {
      close(true);
    } else {
      const [, unsure, name, module] = FRAME.exec(line) ?? [];
      if (name !== undefined && unsure === undefined)
        task?.frames.push({ name, object: module ?? 'vmlinux' });
    }
  }
  close(false);
  return dumps;
}
