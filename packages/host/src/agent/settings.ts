// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import { type Configuration, parseConfiguration } from '../policy/configuration.ts';
import { readSeries } from '../policy/os-release.ts';
import { FILES } from './files.ts';

/** The configuration of a machine, with what it leaves to the machine. */
export interface Settings {
  readonly configuration: Configuration;
  /** Undefined when neither the configuration nor os-release names one. */
  readonly distribution: string | undefined;
  readonly timeZone: string;
}

/**
 * Reads the configuration of a machine; one that is not there is empty.
 *
 * @throws HostError HOST_CONFIG_INVALID, HOST_UNREADABLE.
 */
export async function readSettings(machine: Machine): Promise<Settings> {
  const text = (await machine.text(FILES.configuration)) ?? '';
  const configuration = parseConfiguration(text, `/${FILES.configuration}`);
  const osRelease = (await machine.text('etc/os-release')) ?? (await machine.text('usr/lib/os-release'));
  return {
    configuration,
    distribution: configuration.stream.distribution ?? readSeries(osRelease ?? ''),
    timeZone: configuration.policy['time-zone'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/**
 * The series that a machine follows.
 *
 * @throws HostError HOST_NO_SERIES when nobody names one.
 */
export function seriesOf({ distribution }: Settings): string {
  if (distribution !== undefined) return distribution;
  throw new HostError('HOST_NO_SERIES', 'neither the configuration nor /etc/os-release names one');
}
