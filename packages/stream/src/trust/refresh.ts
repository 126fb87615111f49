// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The workflow of a client of TUF (5.3 to 5.6), over a store and a source that are given to it.
 *
 * Every file that is accepted is kept at once, before the next one is asked for: whoever stops a refresh in the middle
 * gains nothing by it, since what is kept says what must not be rolled back. A refusal keeps nothing.
 *
 * With several mirrors, each file that does not verify is asked for again elsewhere (`Source.reject`); what
 * one mirror sends never decides whether another one is believed. A root that one mirror invents and no other has is as
 * if it were not there.
 */
import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { StreamError } from '../error.ts';
import type { Current, Held, Trusted, TrustStore } from './held.ts';
import { MAX_METADATA_BYTES, MAX_ROOT_ROTATIONS } from './limits.ts';
import type { Source } from './model.ts';
import {
  checkFresh,
  checkSigned,
  type Delegator,
  nextRoot,
  nextSnapshot,
  nextTimestamp,
  type Reference,
  snapshotEntry,
  targetsOf,
} from './rules.ts';

/** What a refresh works with. */
export interface Means extends Reference {
  readonly store: TrustStore;
  readonly source: Source;
}

/**
 * Brings what is trusted up to what the source has.
 *
 * @throws StreamError the code of what the source did; what was trusted before is still in the store then.
 */
export async function refresh(trusted: Trusted, means: Means): Promise<Current> {
  const root = await refreshRoot(trusted.root, means);
  const timestamp = await refreshTimestamp(root, stillSigned(root, 'timestamp', trusted.timestamp), means);
  const before = stillSigned(root, 'snapshot', trusted.snapshot);
  const snapshot = await refreshSnapshot(root, timestamp, before, means);
  const targets = await loadRole('targets', root.metadata, { root, timestamp, snapshot }, means);
  return { root, timestamp, snapshot, targets };
}

/**
 * Brings a role that lists targets: the kept file where it is the one that the snapshot names, else from the source.
 *
 * @param delegator who names the keys of the role.
 * @throws StreamError as `targetsOf`; STREAM_NOT_FOUND when the source lacks it.
 */
export async function loadRole(
  role: string,
  delegator: Delegator,
  { root, snapshot }: Pick<Current, 'root' | 'timestamp' | 'snapshot'>,
  means: Means,
): Promise<Held<Targets>> {
  const { store, source } = means;
  const accept = (bytes: Uint8Array): Held<Targets> => ({
    metadata: targetsOf(role, delegator, snapshot.metadata, bytes, means),
    bytes,
  });
  for (const bytes of await store.copies(role)) {
    try {
      return accept(bytes);
    } catch {
      // Old or damaged: the source has what the snapshot names.
    }
  }
  const { version, length } = snapshotEntry(snapshot.metadata, role);
  const path = metadataPath(root, role, version);
  const found = await ask(source, path, limitOf(role, 'targets', length), accept);
  if (found === undefined) throw notThere(path);
  await store.keep(role, found.bytes);
  return found;
}

/** TUF 5.3: one root after the other, each signed by the one before, until the source has no further one. */
async function refreshRoot(first: Held<Root>, means: Means): Promise<Held<Root>> {
  const { store, source } = means;
  let root = first;
  for (let steps = 0; steps < MAX_ROOT_ROTATIONS; steps++) {
    const before = root.metadata;
    const version = before.signed.version + 1;
    const next = await ask(source, `metadata/${version}.root.json`, MAX_METADATA_BYTES.root, (bytes) => ({
      metadata: nextRoot(before, bytes),
      bytes,
    }));
    if (next === undefined) break;
    await store.keepRoot(version, next.bytes);
    root = next;
  }
  const { version } = root.metadata.signed;
  const known = await store.newestRoot();
  if (version < known) {
    const reason = `the newest root is version ${version}, and ${known} was trusted`;
    throw new StreamError('STREAM_ROLLBACK', reason, { place: { file: 'root.json' } });
  }
  checkFresh('root', root.metadata, means);
  await store.keepRoot(version, root.bytes);
  return root;
}

/** TUF 5.3.11: what keys signed that were rotated away says nothing any more, so that versions they ran up go back. */
function stillSigned<T extends Timestamp | Snapshot>(
  root: Held<Root>,
  role: 'timestamp' | 'snapshot',
  held: Held<T> | undefined,
): Held<T> | undefined {
  if (held === undefined) return undefined;
  try {
    checkSigned(root.metadata, role, held.metadata);
    return held;
  } catch {
    return undefined;
  }
}

/** TUF 5.4. The one that is kept stays where the source has the same version. */
async function refreshTimestamp(
  root: Held<Root>,
  before: Held<Timestamp> | undefined,
  means: Means,
): Promise<Held<Timestamp>> {
  const { store, source } = means;
  const path = 'metadata/timestamp.json';
  const timestamp = await ask(source, path, MAX_METADATA_BYTES.timestamp, (bytes) => {
    const metadata = nextTimestamp(root.metadata, before?.metadata, bytes);
    checkFresh('timestamp', metadata, means);
    return before !== undefined && metadata === before.metadata ? before : { metadata, bytes };
  });
  if (timestamp === undefined) throw notThere(path);
  await store.keep('timestamp', timestamp.bytes);
  return timestamp;
}

/** TUF 5.5. The one that is kept stays where the timestamp names it. */
async function refreshSnapshot(
  root: Held<Root>,
  timestamp: Held<Timestamp>,
  before: Held<Snapshot> | undefined,
  means: Means,
): Promise<Held<Snapshot>> {
  const { store, source } = means;
  const accept = (bytes: Uint8Array): Held<Snapshot> => {
    const metadata = nextSnapshot(root.metadata, timestamp.metadata, before?.metadata, bytes);
    checkFresh('snapshot', metadata, means);
    return { metadata, bytes };
  };
  const snapshot = keptSnapshot(before, accept) ?? (await askSnapshot(root, timestamp, source, accept));
  await store.keep('snapshot', snapshot.bytes);
  return snapshot;
}

function keptSnapshot(
  before: Held<Snapshot> | undefined,
  accept: (bytes: Uint8Array) => Held<Snapshot>,
): Held<Snapshot> | undefined {
  if (before === undefined) return undefined;
  try {
    return accept(before.bytes);
  } catch {
    return undefined;
  }
}

async function askSnapshot(
  root: Held<Root>,
  timestamp: Held<Timestamp>,
  source: Source,
  accept: (bytes: Uint8Array) => Held<Snapshot>,
): Promise<Held<Snapshot>> {
  const { version, length } = timestamp.metadata.signed.snapshotMeta;
  const path = metadataPath(root, 'snapshot', version);
  const found = await ask(source, path, limitOf('snapshot', 'snapshot', length), accept);
  if (found === undefined) throw notThere(path);
  return found;
}

/**
 * Asks the source for a file until what comes is accepted, or nobody is left to ask.
 *
 * @returns undefined when the source does not have it.
 * @throws StreamError why the last answer was refused.
 */
export async function ask<T>(
  source: Source,
  path: string,
  limit: number,
  accept: (bytes: Uint8Array) => T,
): Promise<T | undefined> {
  for (;;) {
    const bytes = await source.read(path, limit);
    if (bytes === undefined) return undefined;
    try {
      return accept(bytes);
    } catch (error) {
      if (error instanceof StreamError && source.reject?.(path, error) === true) continue;
      throw error;
    }
  }
}

/** TUF 5.5.1, 5.6.1: the version stands in the name where the stream keeps old files beside new ones. */
function metadataPath(root: Held<Root>, role: string, version: number): string {
  const name = `${encodeURIComponent(role)}.json`;
  return root.metadata.signed.consistentSnapshot ? `metadata/${version}.${name}` : `metadata/${name}`;
}

function limitOf(role: string, kind: 'snapshot' | 'targets', length: number | undefined): number {
  const limit = MAX_METADATA_BYTES[kind];
  if (length === undefined || length <= limit) return length ?? limit;
  const place = { file: `${role}.json` };
  throw new StreamError('STREAM_TOO_LARGE', `${length} bytes, and ${limit} are the most`, { place });
}

function notThere(path: string): StreamError {
  return new StreamError('STREAM_NOT_FOUND', 'the source does not have it', { place: { file: path } });
}
