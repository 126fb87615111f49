// SPDX-License-Identifier: GPL-2.0-or-later
import { type CommandEntry, flatten } from './commands.ts';

/** What can follow a command: the commands below it, then its options. */
function wordsAfter({ commands, options }: CommandEntry): string[] {
  return [...commands.map(({ path }) => path.at(-1) ?? ''), ...options.flatMap(({ names }) => names)];
}

/** The completion for bash from its template; files are offered where no option is begun. */
export function bashCompletion(program: CommandEntry, template: string): string {
  const cases = everyOne(program).map(
    (entry) => `\t"${called(entry)}") words="${wordsAfter(entry).join(' ')}" ;;`,
  );
  return fill(template, program, cases);
}

/** The completion for zsh from its template, with what each word means. */
export function zshCompletion(program: CommandEntry, template: string): string {
  const describe = (entry: CommandEntry): string[] => [
    ...entry.commands.map(({ path, description }) => quote(`${path.at(-1) ?? ''}:${description}`)),
    ...entry.options.flatMap(({ names, description }) =>
      names.map((name) => quote(`${name}:${description}`)),
    ),
  ];
  const cases = everyOne(program).map(
    (entry) => `\t("${called(entry)}") offered=(${describe(entry).join(' ')}) ;;`,
  );
  return fill(template, program, cases);
}

function fill(template: string, program: CommandEntry, cases: readonly string[]): string {
  const calls = flatten(program).map((entry) => `"${called(entry)}"`);
  return template.replace('@CALLS@', () => calls.join('|')).replace('@CASES@', () => cases.join('\n'));
}

/** The words of a command, each with a blank before it. */
function called({ path }: CommandEntry): string {
  return path.map((word) => ` ${word}`).join('');
}

function everyOne(program: CommandEntry): CommandEntry[] {
  return [program, ...flatten(program)];
}

/** The completion for fish. */
export function fishCompletion(program: CommandEntry): string {
  const lines = everyOne(program).flatMap((entry) => {
    const condition =
      entry.path.length === 0
        ? '__fish_use_subcommand'
        : entry.path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    return [
      ...entry.commands.map(
        ({ path, description }) =>
          `complete -c uptide -n ${quote(condition)} -a ${path.at(-1) ?? ''} -d ${quote(description)}`,
      ),
      ...entry.options.map(({ names, takesValue, description }) =>
        [
          `complete -c uptide -n ${quote(condition)}`,
          ...names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
          ...(takesValue ? ['-r'] : []),
          `-d ${quote(description)}`,
        ].join(' '),
      ),
    ];
  });
  return ['# SPDX-License-Identifier: GPL-2.0-or-later', ...lines, ''].join('\n');
}

/** A word in single quotes for a shell that closes and opens them round one of its own. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
