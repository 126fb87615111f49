// SPDX-License-Identifier: GPL-2.0-or-later
import { COMMANDS } from './commands/index.ts';
import { runProcess } from './run-process.ts';

await runProcess(COMMANDS);
