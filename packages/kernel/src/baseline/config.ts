// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';

/** A configuration of the kernel: option to value, text without quotes removed; unset options are absent. */
export type KernelConfig = ReadonlyMap<string, string>;

const SET = /^(CONFIG_[A-Za-z0-9_]+)=(.*)$/;
const UNSET = /^# (CONFIG_[A-Za-z0-9_]+) is not set$/;

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

/** Options that a .config file names as not set. */
function unsetOptions(text: string): string[] {
  return text.split('\n').flatMap((line) => UNSET.exec(line)?.[1] ?? []);
}

/** One option that the source tree changed. */
export interface Drift {
  readonly option: string;
  readonly shipped: string;
  readonly built: string;
}

const ABSENT = 'n';

/**
 * The options whose value in `built`, the configuration after `make olddefconfig`, is not what the shipped
 * one says. Options that only `built` has are no drift: Debian takes the ones that carry keys and salts out
 * of the file that it ships (CONFIG_BUILD_SALT, CONFIG_MODULE_SIG_KEY, CONFIG_SYSTEM_TRUSTED_KEYS and the
 * like), and they get into no unit but certs/ and the build salt note.
 */
export function configDrift(shipped: string, built: string): Drift[] {
  const after = parseConfig(built);
  const before: [string, string][] = [
    ...parseConfig(shipped),
    ...unsetOptions(shipped).map((option): [string, string] => [option, ABSENT]),
  ];
  return before
    .map(([option, value]) => ({ option, shipped: value, built: after.get(option) ?? ABSENT }))
    .filter((drift) => drift.shipped !== drift.built)
    .sort((a, b) => (a.option < b.option ? -1 : 1));
}

/** Options named in a message at most. */
const SHOWN = 10;

/** @throws KernelError CONFIG_DRIFT naming the options. */
export function refuseDrift(shipped: string, built: string): void {
  const drift = configDrift(shipped, built);
  if (drift.length === 0) return;
  const shown = drift
    .slice(0, SHOWN)
    .map(({ option, shipped: was, built: is }) => `${option}=${was} became ${is}`);
  const rest = drift.length > SHOWN ? ` and ${drift.length - SHOWN} more` : '';
  throw new KernelError('CONFIG_DRIFT', `${shown.join(', ')}${rest}`);
}
