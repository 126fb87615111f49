// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Opens what was trusted before. Nothing in the folder is believed because it lies there: trust begins at the root
 * that was subscribed to, follows the kept roots one by one, and ends at the first that is damaged. The same for
 * timestamp and snapshot, of which there are two copies: the newest that verifies counts. So a file that was cut off
 * by a power loss costs a download at most, and a key that was rotated away takes what it signed with it (TUF 5.3.11).
 */
import type { Root, Snapshot, Timestamp } from '@tufjs/models';
import { StreamError } from '../error.ts';
import type { Held, Trusted, TrustStore } from './held.ts';
import { MAX_ROOT_ROTATIONS } from './limits.ts';
import { firstRoot, nextRoot, nextTimestamp, ownSnapshot } from './rules.ts';

/** @throws StreamError STREAM_NO_ROOT when there is no root to begin with, or it is damaged. */
export async function loadTrusted(store: TrustStore): Promise<Trusted> {
  const root = await lastRoot(store, await embeddedRoot(store));
  return {
    root,
    timestamp: await newest<Timestamp>(store, 'timestamp', (bytes) =>
      nextTimestamp(root.metadata, undefined, bytes),
    ),
    snapshot: await newest<Snapshot>(store, 'snapshot', (bytes) => ownSnapshot(root.metadata, bytes)),
  };
}

async function embeddedRoot(store: TrustStore): Promise<Held<Root>> {
  const bytes = await store.embeddedRoot();
  if (bytes === undefined) throw new StreamError('STREAM_NO_ROOT', 'this folder follows no stream');
  try {
    return { metadata: firstRoot(bytes), bytes };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'the root is damaged';
    throw new StreamError('STREAM_NO_ROOT', reason, { place: { file: 'root.json' }, cause });
  }
}

async function lastRoot(store: TrustStore, first: Held<Root>): Promise<Held<Root>> {
  let root = first;
  for (let steps = 0; steps < MAX_ROOT_ROTATIONS; steps++) {
    const before = root.metadata;
    const copies = await store.rootCopies(before.signed.version + 1);
    const [next] = verified(copies, (bytes) => nextRoot(before, bytes));
    if (next === undefined) break;
    root = next;
  }
  return root;
}

async function newest<T extends Timestamp | Snapshot>(
  store: TrustStore,
  role: 'timestamp' | 'snapshot',
  accept: (bytes: Uint8Array) => Held<T>['metadata'],
): Promise<Held<T> | undefined> {
  const found = verified<T>(await store.copies(role), accept);
  return found.toSorted((one, other) => other.metadata.signed.version - one.metadata.signed.version)[0];
}

/** Those of the copies that verify; a damaged one is what this is for, and is written again at the next refresh. */
function verified<T extends Root | Timestamp | Snapshot>(
  copies: readonly Uint8Array[],
  accept: (bytes: Uint8Array) => Held<T>['metadata'],
): Held<T>[] {
  return copies.flatMap((bytes) => {
    try {
      return [{ metadata: accept(bytes), bytes }];
    } catch {
      return [];
    }
  });
}
