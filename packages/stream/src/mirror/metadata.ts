// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The metadata of a mirror in the order in which it is written.
 *
 * Roles and snapshot come first: nobody looks for them before a timestamp leads there. What follows are two files by
 * which a reader begins, the newest root and the timestamp, and no order of these is right for all streams. When keys of
 * timestamp, snapshot or targets change, a reader may meet the new root with the old timestamp, or the other way round.
 * A careful publisher signs the new files with the old keys, too; then the timestamp goes first and the root last, and
 * every reader meets what fits. Where the old keys are gone, the root goes first, and for some milliseconds a reader
 * gets an error and asks again.
 */
import type { Metadata, Root } from '@tufjs/models';
import type { TrustedStream } from '../client/open.ts';
import { trustFolder } from '../client/trust-folder.ts';
import { StreamError } from '../error.ts';
import { MAX_METADATA_BYTES } from '../trust/limits.ts';
import type { Source, TrustedRole } from '../trust/model.ts';
import { parseRoot, parseSnapshot, parseTargets, parseTimestamp } from '../trust/parse.ts';
import { checkSigned, nextRoot } from '../trust/rules.ts';
import type { MirrorFolder } from './mirror-folder.ts';
import { metadataName } from './names.ts';

/** A file with its name in the mirror. */
type NamedFile = readonly [name: string, bytes: Uint8Array];

/**
 * All metadata of a stream that was refreshed.
 *
 * @throws StreamError STREAM_BAD_NAME; STREAM_BAD_METADATA for a stream without consistent snapshots.
 */
export async function metadataFiles(
  folder: MirrorFolder,
  stream: TrustedStream,
  roles: readonly TrustedRole[],
  source: Source,
): Promise<readonly NamedFile[]> {
  const [root, timestamp, snapshot] = (['root', 'timestamp', 'snapshot'] as const).map(stream.topLevel);
  const targets = roles.find(({ name }) => name === 'targets');
  if (root === undefined || timestamp === undefined || snapshot === undefined || targets === undefined) {
    throw new Error('a refresh leaves the top-level roles');
  }
  const newest = parseRoot(root);
  if (!newest.signed.consistentSnapshot) {
    throw new StreamError('STREAM_BAD_METADATA', 'only a stream with consistent snapshots can be mirrored');
  }
  const roots = await rootFiles(folder.trust, newest.signed.version, root, source);
  const served = await folder.served();
  const before = roots.findLastIndex(([name]) => served.has(name));
  const readers = roots.slice(Math.max(before, 0), -1).map(([, bytes]) => parseRoot(bytes));
  const fits = readers.every((one) => accepts(one, timestamp, snapshot, targets.bytes));
  const last: NamedFile = ['metadata/timestamp.json', timestamp];
  return [
    ...roles.map(({ name, version, bytes }): NamedFile => [metadataName(name, version), bytes]),
    [metadataName('snapshot', parseSnapshot(snapshot).signed.version), snapshot],
    ...(fits ? [last, ...roots] : [...roots, last]),
  ];
}

/**
 * Every root from the first one on: a client may begin with any of them. Those before the pinned one were never
 * needed here; each is taken when the one after it is signed by its keys, and they end where the source has no more.
 */
async function rootFiles(
  trust: string,
  newest: number,
  bytes: Uint8Array,
  source: Source,
): Promise<NamedFile[]> {
  const store = trustFolder(trust);
  const roots: NamedFile[] = [[metadataName('root', newest), bytes]];
  let later = bytes;
  for (let version = newest - 1; version > 0; version--) {
    const after = later;
    const name = metadataName('root', version);
    const found =
      (await store.rootCopies(version)).find((kept) => leadsTo(kept, after)) ??
      (await source.read(name, MAX_METADATA_BYTES.root).catch(() => undefined));
    if (found === undefined || !leadsTo(found, after)) break;
    roots.unshift([name, found]);
    later = found;
  }
  return roots;
}

function leadsTo(root: Uint8Array, next: Uint8Array): boolean {
  return holds(() => nextRoot(parseRoot(root), next));
}

/** Whether a reader that knows no newer root than this takes the new files. */
function accepts(
  root: Metadata<Root>,
  timestamp: Uint8Array,
  snapshot: Uint8Array,
  targets: Uint8Array,
): boolean {
  return holds(() => {
    checkSigned(root, 'timestamp', parseTimestamp(timestamp));
    checkSigned(root, 'snapshot', parseSnapshot(snapshot));
    checkSigned(root, 'targets', parseTargets('targets', targets));
  });
}

function holds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof StreamError) return false;
    throw error;
  }
}
