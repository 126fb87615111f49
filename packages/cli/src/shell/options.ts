// SPDX-License-Identifier: GPL-2.0-or-later
import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { Store } from '@uptide/kernel';

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
