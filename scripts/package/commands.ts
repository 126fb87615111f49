// SPDX-License-Identifier: GPL-2.0-or-later
import { HOST_COMMANDS, type MakeCommand, makeProgram, type Shell } from '@uptide/cli';

type Command = ReturnType<MakeCommand>;

/** An option as manual and completion show it. */
export interface OptionEntry {
  /** As in the help: `-o, --output <file>`. */
  readonly flags: string;
  /** The names alone: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
}

/** A command with what is below it. */
export interface CommandEntry {
  /** The words that call it, without `uptide`; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  /** Arguments and options as the help prints them: `[options] <update>`. */
  readonly usage: string;
  readonly options: readonly OptionEntry[];
  readonly commands: readonly CommandEntry[];
}

/** The commands of an installed agent; hidden ones are left out. */
export function agentCommands(): CommandEntry {
  return describe(makeProgram(HOST_COMMANDS, NO_SHELL), []);
}

/** Every command with a name, in the order of the help. */
export function flatten(entry: CommandEntry): CommandEntry[] {
  return entry.commands.flatMap((command) => [command, ...flatten(command)]);
}

function describe(command: Command, path: readonly string[]): CommandEntry {
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    usage: command.usage(),
    options: help.visibleOptions(command).map((option) => ({
      flags: option.flags,
      names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
      takesValue: option.required || option.optional,
      description: help.optionDescription(option),
    })),
    commands: help
      .visibleCommands(command)
      .map((child) => describe(child as Command, [...path, child.name()])),
  };
}

/** Nothing is run when a program is only described. */
const NO_SHELL: Shell = {
  reporter: { step: (_name, work) => work(), progress: () => {}, note: () => {} },
  signal: new AbortController().signal,
  print: () => {},
  printJson: () => {},
  confirm: () => Promise.resolve(false),
  isAttended: () => false,
  ask: () => Promise.resolve(undefined),
  secret: () => Promise.resolve(undefined),
  act: () => Promise.resolve(),
};
