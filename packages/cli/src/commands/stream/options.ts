// SPDX-License-Identifier: GPL-2.0-or-later
import { InvalidArgumentError } from '@commander-js/extra-typings';

/** The option of every command that works on a repository. */
export const REPOSITORY_OPTION = [
  '-r, --repository <dir>',
  'the folder with stream.json (default: this one)',
] as const;
export const DEFAULT_REPOSITORY = '.';

/** The option of every command that signs. */
export const KEY_OPTION = [
  '-k, --key <file...>',
  'key files at hand (default: all of keys/ in the repository)',
] as const;

/** The option of every command that asks before it signs. */
export const YES_OPTION = ['-y, --yes', 'do not ask'] as const;

/** The option of every command that begins to trust a stream. */
export const ROOT_OPTION = [
  '--root <file>',
  'the root that the makers of the stream published; needed the first time',
] as const;

/** The options of every command that carries a part of a stream. */
export const DISTRIBUTION_OPTION = [
  '--distribution <glob...>',
  'only kernels of these distribution series, e.g. debian-12 or debian-*',
] as const;
export const RELEASE_OPTION = [
  '--release <glob...>',
  'only these kernel releases, e.g. 6.1.*-amd64',
] as const;

/** The option of every command that reads a stream over the network. */
export const PROXY_OPTION = [
  '--proxy <address>',
  'an http, https or socks5 proxy, or none (default: from the environment)',
] as const;

/** The value of an option that is a day. */
export function toDay(text: string): string {
  const time = Date.parse(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && new Date(time).toJSON()?.startsWith(text)) return text;
  throw new InvalidArgumentError('It is a day such as 2026-12-31.');
}
