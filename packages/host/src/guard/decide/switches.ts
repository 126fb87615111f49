// SPDX-License-Identifier: GPL-2.0-or-later

/** What an administrator switched off, each with why, in words. */
export interface KillSwitches {
  /** Nothing is loaded, by whomever. */
  readonly apply?: string;
  /** The stream is not read. */
  readonly refresh?: string;
  /** The agent does nothing by itself, not even take out what the stream says must go. */
  readonly all?: string;
}

/** What each word after `uptide=` on the kernel's command line switches off. */
const OFF: readonly (keyof KillSwitches)[] = ['all', 'apply', 'refresh'];
const WORDS: ReadonlyMap<string, readonly (keyof KillSwitches)[]> = new Map([
  ['off', OFF],
  ['no-apply', ['apply']],
  ['no-refresh', ['refresh']],
]);

/** As much of a reason as fits into a line. */
const MAX_REASON = 200;

/**
 * Reads the switches.
 *
 * @param commandLine `/proc/cmdline`; undefined when it cannot be read, which switches everything off.
 * @param disable the content of `/etc/uptide/disable`, which is why it is there; undefined when it is not.
 */
export function judgeSwitches(commandLine: string | undefined, disable: string | undefined): KillSwitches {
  const off = new Map<keyof KillSwitches, string>();
  const set = (names: readonly (keyof KillSwitches)[], why: string): void => {
    for (const name of names) if (!off.has(name)) off.set(name, why);
  };
  if (commandLine === undefined) set(OFF, 'the command line of the kernel cannot be read');
  for (const word of wordsOf(commandLine ?? '')) {
    // A word that nobody knows was meant to stop something.
    set(WORDS.get(word) ?? OFF, `the command line of the kernel has uptide=${word}`);
  }
  if (disable !== undefined) {
    const reason = disable.trim().replaceAll(/\s+/g, ' ').slice(0, MAX_REASON);
    set(['apply'], `/etc/uptide/disable is there${reason === '' ? '' : `: ${reason}`}`);
  }
  return Object.fromEntries(off);
}

/** The values of all parameters `uptide=`, which may be lists (kernel/params.c, next_arg: quotes may enclose them). */
function wordsOf(commandLine: string): string[] {
  return commandLine.split(/\s+/).flatMap((parameter) => {
    const value = /^"?uptide="?([^"]*)"?$/.exec(parameter)?.[1];
    return value === undefined ? [] : value.split(',').map((word) => word.slice(0, MAX_REASON));
  });
}
