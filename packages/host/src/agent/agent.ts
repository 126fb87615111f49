// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { type Reporter, withLock } from '@uptide/base';
import { lateBy, openTrustedStream, sourceAt } from '@uptide/stream';
import { HostError } from '../error.ts';
import { openJournal } from '../guard/boots.ts';
import type { Journal } from '../guard/journal.ts';
import type { Machine } from '../machine.ts';
import { recordFolder } from '../records.ts';
import { FILES } from './files.ts';
import type { FollowedStream } from './followed.ts';
import type { Settings } from './settings.ts';

/** What every act of the agent works with. */
export interface Agent {
  readonly machine: Machine;
  readonly journal: Journal;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** The version of Uptide that the status names. */
  readonly version: string;
}

/** Makes the agent of a machine; nothing is read yet. */
export function agentOf(options: Omit<Agent, 'journal'>): Agent {
  return { ...options, journal: openJournal(options.machine) };
}

/**
 * Opens the stream that a configuration names.
 *
 * @param folder where its trusted metadata lies; that of the host when not given.
 * @throws HostError HOST_NOT_SUBSCRIBED, HOST_UNREADABLE; StreamError STREAM_NO_ROOT, STREAM_BAD_ADDRESS.
 */
export async function openStream(
  { machine, signal }: Agent,
  { configuration: { stream, network } }: Settings,
  folder: string = FILES.stream,
): Promise<FollowedStream> {
  if (stream.url === undefined)
    throw new HostError('HOST_NOT_SUBSCRIBED', 'the configuration has no stream.url');
  const ca = network.ca === undefined ? undefined : await machine.text(network.ca);
  if (network.ca !== undefined && ca === undefined) {
    throw new HostError('HOST_UNREADABLE', 'it is not there', { place: { file: network.ca } });
  }
  const source = sourceAt([stream.url, ...stream.mirrors], {
    proxy: network.proxy,
    ca,
    bandwidth: network.bandwidth,
    signal,
    patience: { firstByte: network.timeout },
  });
  const late = stream.offline === undefined ? undefined : lateBy(stream.offline);
  return await openTrustedStream({ folder: machine.path(folder), source, now: machine.effects.time, late });
}

/**
 * Runs an act of the agent while no other one runs.
 *
 * @throws HostError HOST_NOT_ROOT; UptideError LOCKED.
 */
export async function exclusively<T>({ machine }: Agent, work: () => Promise<T>): Promise<T> {
  if (!machine.effects.isRoot()) throw new HostError('HOST_NOT_ROOT', 'this process is not root');
  await recordFolder(machine);
  return await withLock(join(machine.path(FILES.lock)), work);
}
