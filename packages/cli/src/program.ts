// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXIT } from '@uptide/base';
import { printable } from './shell/lines.ts';
import type { Shell } from './shell/shell.ts';
import { VERSION } from './version.ts';

/** Where the help and the complaints about the command line go. */
export interface HelpOutput {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Builds a command for a shell. */
export type MakeCommand = (shell: Shell) => CommandUnknownOpts;

/** Commands for programs that know them; no help shows them. */
const HIDDEN: ReadonlySet<string> = new Set(['tuf-client']);

/**
 * The program with its commands, not run yet: what the help, the manual page and the completion of shells are
 * made from, too.
 */
export function makeProgram(commands: readonly MakeCommand[], shell: Shell): Command {
  const program = new Command('uptide')
    .description('Turns a kernel security patch into a live update.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false);
  for (const make of commands) {
    const command = make(shell);
    program.addCommand(command, { hidden: HIDDEN.has(command.name()) });
  }
  return program;
}

/**
 * Runs the command line `args` (without node and script) with the given commands.
 *
 * @returns the exit status when the command line itself ended it (help, version, misuse); undefined when a
 * command ran, which leaves its ending with the shell.
 */
export async function runProgram(
  args: readonly string[],
  commands: readonly MakeCommand[],
  shell: Shell,
  output: HelpOutput,
): Promise<number | undefined> {
  const program = makeProgram(commands, shell);
  for (const command of allOf(program)) setUp(command, output);
  // `help COMMAND`, as many type it.
  const [first, ...rest] = args;
  try {
    await program.parseAsync(first === 'help' ? [...rest, '--help'] : [...args], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

function allOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(allOf)];
}

function setUp(command: CommandUnknownOpts, { out, error }: HelpOutput): void {
  command
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: error,
      outputError: (text, write) => {
        const reason = printable(text.replace(/^error: /, '').trimEnd());
        write(`uptide: USAGE: ${reason}\n  next: ${pathOf(command)} --help\n`);
      },
    });
}

function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
