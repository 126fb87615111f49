// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide` as it is installed on hosts: the commands that need neither compiler nor baseline. */
import { HOST_COMMANDS } from './commands/host.ts';
import { runProcess } from './run-process.ts';

await runProcess(HOST_COMMANDS);
