// SPDX-License-Identifier: GPL-2.0-or-later
import { EXIT } from '@uptide/base';
import { type MakeCommand, runProgram } from './program.ts';
import { formatFailure, toFailure } from './shell/failure.ts';
import { processShell } from './shell/process-shell.ts';

/** Runs this process as `uptide` with the given commands, and leaves its exit status. */
export async function runProcess(commands: readonly MakeCommand[]): Promise<void> {
  // What no rule foresees still ends with a code, a place to report it and the exit status for it.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${formatFailure(toFailure(error, false))}\n`);
    process.exit(EXIT.internal);
  });
  const status = await runProgram(process.argv.slice(2), commands, processShell(), {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
  });
  if (status !== undefined) process.exitCode = status;
}
