// SPDX-License-Identifier: GPL-2.0-or-later
export { type HelpOutput, runProgram } from './program.ts';
export { ProgressReporter, type Screen } from './shell/progress.ts';
export type { Shell } from './shell/shell.ts';
