// SPDX-License-Identifier: GPL-2.0-or-later
import { parseKernelLog } from '../../src/prove/kernel-log.ts';
import { restingFunctions } from '../../src/stacks/resting.ts';
import { readTaskDumps } from '../../src/stacks/task-dump.ts';

const DUMP = `[    4.8] sysrq: Show State
[    4.8] task:kthreadd        state:S stack:0     pid:2     ppid:0      flags:0x00004000
[    4.8] Call Trace:
[    4.8]  <TASK>
[    4.8]  schedule+0x5a/0xd0
[    4.8]  ? worker+0x30/0x30 [dm_mod]
[    4.8]  </TASK>
`;

/** What a kernel logs when it is asked for its stacks, once and twice. */
export const seeds: readonly Uint8Array[] = [Buffer.from(DUMP), Buffer.from(DUMP + DUMP)];

/** Any log is read; a dump that is not whole is refused with a code. */
export function target(input: Uint8Array): void {
  restingFunctions(readTaskDumps(parseKernelLog(Buffer.from(input).toString()).map(({ text }) => text)));
}
