// SPDX-License-Identifier: GPL-2.0-or-later
import { type Command, InvalidArgumentError, type OptionValues } from '@commander-js/extra-typings';
import type { Store } from '@uptide/kernel';
import type { MakeTools } from '../glue/make.ts';
import type { Shell } from './shell.ts';

/** The option of every command that reads or changes the store. */
export const STORE_OPTION = [
  '--store <dir>',
  'the store of baselines (default: $XDG_CACHE_HOME/uptide)',
] as const;
/** The option of every command whose result programs may read. */
export const JSON_OPTION = ['--json', 'print the result as JSON'] as const;

/** The store that the options name. */
export async function storeOf(options: { readonly store?: string | undefined }): Promise<Store> {
  const { defaultStore, storeAt } = await import('@uptide/kernel');
  return options.store === undefined ? defaultStore() : storeAt(options.store);
}

/** An option's value that is a number from 1. */
export function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('It is a number from 1.');
  return count;
}

/** The option of every command that waits for the kernel to switch its tasks. */
export const WAIT_OPTION = [
  '--wait <seconds>',
  'how long every task is waited for, or forever (default: 60)',
] as const;
/** Most transitions end within two seconds; the kernel looks at sleeping tasks once a second. */
export const WAIT_SECONDS = 60;

/** The value of `--wait`. */
export function toWait(text: string): number | 'forever' {
  return text === 'forever' ? text : toCount(text);
}

/** The option of the commands that make updates. */
export const UNREVIEWED_OPTION = [
  '--unreviewed <words>',
  'make it although findings are not signed off, and say in the update why',
] as const;

/** What `withForgeOptions` adds. */
export interface ForgeOptions {
  readonly jobs?: number | undefined;
  readonly maxUnits?: number | undefined;
  readonly yes?: true | undefined;
  readonly store?: string | undefined;
  readonly json?: true | undefined;
}

/** Adds the options of every command that compiles what patches change. */
export function withForgeOptions<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .option('-j, --jobs <number>', 'compilers at a time (default: one a processor)', toCount)
    .option(
      '--max-units <number>',
      'files that changed headers may reach without asking (default: 400)',
      toCount,
    )
    .option('-y, --yes', 'do not ask, however many files changed headers reach')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION);
}

/** What the options of `withForgeOptions` come to. A program that reads JSON is not asked anything. */
export function forgeTools(
  options: ForgeOptions,
  { confirm, reporter, signal }: Pick<Shell, 'confirm' | 'reporter' | 'signal'>,
): MakeTools {
  const { jobs, maxUnits, yes = false, json = false } = options;
  const mayCompile = async (units: number): Promise<boolean> =>
    yes || (!json && (await confirm(`Changed headers may reach ${units} files. Compile them all?`)));
  return { jobs, maxUnits, mayCompile, reporter, signal };
}
