// SPDX-License-Identifier: GPL-2.0-or-later
/** What a keeper wrote: the configuration, and what is exchanged in it. */
import { readFileSync } from 'node:fs';
import { HostError } from '@uptide/host';
import { withAddress } from '../../src/policy/address.ts';
import { type Configuration, parseConfiguration } from '../../src/policy/configuration.ts';
import { readSeries } from '../../src/policy/os-release.ts';
import { nextOpening } from '../../src/policy/window.ts';

const URL_TO_SET = 'https://updates.example.org/';
const defaults = readFileSync(new URL('../../../../packaging/uptide.toml', import.meta.url));

/** Inputs that reach deep into the readers. */
export const seeds: readonly Uint8Array[] = [
  defaults,
  Buffer.from(defaults.toString().replaceAll(/^#(?=[a-z-]+ = )/gm, '')),
  Buffer.from('[policy]\nwindows = ["Fri-Mon 22:00-04:00"]\nas-of = 2026-10-01\n[stream]\n'),
];

/** A configuration is read or refused with a code; what is read can be used, and gets an address without a change. */
export function target(input: Uint8Array): void {
  const text = Buffer.from(input).toString('utf8');
  readSeries(text);
  const before = parseConfiguration(text, 'uptide.toml');
  const { policy } = before;
  nextOpening(policy.windows, policy['time-zone'] ?? 'UTC', Date.UTC(2026, 0, 1));
  let changed: string;
  try {
    changed = withAddress(text, URL_TO_SET);
  } catch (error) {
    if (error instanceof HostError && error.code === 'HOST_CONFIG_INVALID') return;
    throw error;
  }
  const after = parseConfiguration(changed, 'uptide.toml');
  const same = (one: Configuration): string =>
    JSON.stringify({ ...one, stream: { ...one.stream, url: undefined } });
  if (same(after) !== same(before) || after.stream.url !== URL_TO_SET) {
    throw new Error('another configuration than before');
  }
}
