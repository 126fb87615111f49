// SPDX-License-Identifier: GPL-2.0-or-later

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
