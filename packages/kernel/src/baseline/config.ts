// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';

/** A configuration of the kernel: option to value, text without quotes removed; unset options are absent. */
export type KernelConfig = ReadonlyMap<string, string>;

const SET = /^(CONFIG_[A-Za-z0-9_]+)=(.*)$/;

/** Reads a .config file. @throws KernelError CONFIG_MALFORMED with the line. */
export function parseConfig(text: string): Map<string, string> {
  const config = new Map<string, string>();
  text.split('\n').forEach((line, i) => {
    const set = SET.exec(line);
    if (set?.[1] !== undefined && set[2] !== undefined) config.set(set[1], set[2]);
    else if (line.trim() !== '' && !line.startsWith('#')) {
      throw new KernelError('CONFIG_MALFORMED', `${JSON.stringify(line.slice(0, 200))} is no option`, {
        place: { line: i + 1 },
      });
    }
  });
  return config;
}

/** One option that the source tree changed. */
export interface Drift {
  readonly option: string;
  readonly shipped: string;
  readonly built: string;
}

const ABSENT = 'n';

/**
 * Options that Debian takes out of the configuration that it ships, since they hold keys and names of its
 * own build (debian/rules.d and debian/config of its linux package). `olddefconfig` brings them back with their defaults. They get
 * into certs/, which is no code, and into the build salt note.
 */
const TAKEN_OUT = new Set([
  'CONFIG_BUILD_SALT',
  'CONFIG_MODULE_SIG_ALL',
  'CONFIG_MODULE_SIG_KEY',
  'CONFIG_SYSTEM_TRUSTED_KEYS',
]);

/**
 * The options whose value in `built`, the configuration after `make olddefconfig`, is not what the shipped
 * one says; sorted. Options that are not set and options that are not there are the same.
 */
export function configDrift(shipped: string, built: string): Drift[] {
  const before = parseConfig(shipped);
  const after = parseConfig(built);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((option) => before.has(option) || !TAKEN_OUT.has(option))
    .map((option) => ({ option, shipped: before.get(option) ?? ABSENT, built: after.get(option) ?? ABSENT }))
    .filter((drift) => drift.shipped !== drift.built)
    .sort((a, b) => (a.option < b.option ? -1 : 1));
}

/** Options named in a message at most. */
const SHOWN = 10;

/** Options that say which tool the kernel was built with, and the package of each. */
const TOOL_OPTIONS = new Map([
  ['CONFIG_PAHOLE_VERSION', 'dwarves'],
  ['CONFIG_AS_VERSION', 'binutils'],
  ['CONFIG_LD_VERSION', 'binutils'],
]);

/** @throws KernelError CONFIG_DRIFT naming the options. */
export function refuseDrift(shipped: string, built: string): void {
  const drift = configDrift(shipped, built);
  if (drift.length === 0) return;
  const words = drift.map(({ option, shipped: was, built: is }) => `${option}=${was} became ${is}`);
  const rest = drift.length > SHOWN ? ` and ${drift.length - SHOWN} more` : '';
  const tool = drift.flatMap(({ option }) => TOOL_OPTIONS.get(option) ?? [])[0];
  const detail =
    tool === undefined
      ? {}
      : { remedy: `Install the version of ${tool} that the kernel was built with: apt-get install ${tool}` };
  throw new KernelError('CONFIG_DRIFT', `${words.slice(0, SHOWN).join(', ')}${rest}`, detail);
}
