// SPDX-License-Identifier: GPL-2.0-or-later
export { HOST_COMMANDS } from './commands/host.ts';
export { COMMANDS } from './commands/index.ts';
export { type HelpOutput, type MakeCommand, makeProgram, runProgram } from './program.ts';
export { ProgressReporter, type Screen } from './shell/progress.ts';
export type { Shell } from './shell/shell.ts';
export { VERSION } from './version.ts';
