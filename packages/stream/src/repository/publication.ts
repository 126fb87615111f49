// SPDX-License-Identifier: GPL-2.0-or-later
/** The files of a publication: snapshot and timestamp, and the order in which all are written. */
import { fileDigest } from '@uptide/base';
import type {
  Envelope,
  FileMeta,
  RootSigned,
  Signed,
  SnapshotSigned,
  TargetMeta,
  TimestampSigned,
  View,
} from './model.ts';
import { delegatorOf, expiryOf, ROLLOUT, SPEC_VERSION } from './roles.ts';
import type { Settings } from './settings.ts';
import { printEnvelope, signersOf } from './sign.ts';

/** The next snapshot, unsigned: what the last one lists, and the staged roles in their new versions. */
export function nextSnapshot(
  { published, staged }: View,
  settings: Settings,
  now: number,
): Envelope<SnapshotSigned> {
  const meta = new Map(Object.entries(published.snapshot?.signed.meta ?? {}));
  for (const [role, envelope] of staged.targets) meta.set(`${role}.json`, fileMetaOf(envelope));
  return {
    signatures: [],
    signed: {
      _type: 'snapshot',
      spec_version: SPEC_VERSION,
      version: (published.snapshot?.signed.version ?? 0) + 1,
      expires: expiryOf(settings, 'snapshot', now),
      meta: Object.fromEntries([...meta].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

/** The next timestamp, unsigned. */
export function nextTimestamp(
  { published }: View,
  snapshot: Envelope<SnapshotSigned>,
  settings: Settings,
  now: number,
): Envelope<TimestampSigned> {
  return {
    signatures: [],
    signed: {
      _type: 'timestamp',
      spec_version: SPEC_VERSION,
      version: (published.timestamp?.signed.version ?? 0) + 1,
      expires: expiryOf(settings, 'timestamp', now),
      meta: { 'snapshot.json': fileMetaOf(snapshot) },
    },
  };
}

/** A target that the staged roles list and the published ones do not. */
export interface NewTarget {
  readonly path: string;
  readonly target: TargetMeta;
}

/** The targets whose files are not served yet. */
export function newTargets({ published, staged }: View): NewTarget[] {
  return [...staged.targets].flatMap(([role, { signed }]) => {
    const before = published.targets.get(role)?.signed.targets ?? {};
    return Object.entries(signed.targets)
      .filter(([path, target]) => before[path]?.hashes.sha256 !== target.hashes.sha256)
      .map(([path, target]) => ({ path, target }));
  });
}

/** A file of metadata as it is served. */
export interface MetadataFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files of metadata in the order in which they are written: what refers to others comes after them, and readers
 * who come in between find the old state or the new one, since only the timestamp makes the new one seen.
 *
 * A new root is seen at once, too. Where it takes keys away that signed what is published, it comes last: the new
 * timestamp, snapshot and targets are signed by the old keys as well then (`bridges`), and so both roots fit them.
 * When nobody has the old keys any more, the root must come first, and readers have to ask again for as long as it
 * takes to write two small files.
 */
export function metadataFiles(
  view: View,
  snapshot: Envelope<SnapshotSigned> | undefined,
  timestamp: Envelope<TimestampSigned>,
): MetadataFile[] {
  const { root, targets } = view.staged;
  const roles = [...targets].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const rootFile = root === undefined ? [] : [versioned('root', root)];
  const seen = [
    ...(snapshot === undefined ? [] : [versioned('snapshot', snapshot)]),
    { path: 'metadata/timestamp.json', text: textOf(timestamp) },
  ];
  const rootLast = !fitsPublished(view) && bridges(view, snapshot, timestamp);
  return [
    ...roles.map(([role, envelope]) => versioned(role, envelope)),
    ...(rootLast ? [...seen, ...rootFile] : [...rootFile, ...seen]),
  ];
}

/** Whether the new root fits what is published now. */
function fitsPublished({ published, staged }: View): boolean {
  if (staged.root === undefined || published.root === undefined) return true;
  return fits(staged.root, {
    targets: published.targets.get('targets'),
    snapshot: published.snapshot,
    timestamp: published.timestamp,
  });
}

/** Whether the root before fits what is to be published. */
function bridges(
  { published, staged }: View,
  snapshot: Envelope<SnapshotSigned> | undefined,
  timestamp: Envelope<TimestampSigned>,
): boolean {
  if (published.root === undefined) return false;
  const targets = staged.targets.get('targets') ?? published.targets.get('targets');
  return fits(published.root, { targets, snapshot: snapshot ?? published.snapshot, timestamp });
}

function fits(
  { signed: { keys, roles } }: Envelope<RootSigned>,
  files: Readonly<Record<'targets' | 'snapshot' | 'timestamp', Envelope | undefined>>,
): boolean {
  return (['targets', 'snapshot', 'timestamp'] as const).every((role) => {
    const envelope = files[role];
    return envelope !== undefined && signersOf(envelope, keys, roles[role]).length >= roles[role].threshold;
  });
}

/** Bins, then series and rollouts, then targets. */
function rank(role: string): number {
  if (role === 'targets') return 2;
  return role === ROLLOUT || delegatorOf(role) === 'targets' ? 1 : 0;
}

function versioned(role: string, envelope: Envelope): MetadataFile {
  return { path: `metadata/${envelope.signed.version}.${role}.json`, text: textOf(envelope) };
}

function fileMetaOf(envelope: Envelope): FileMeta {
  const bytes = printEnvelope(envelope);
  return {
    version: envelope.signed.version,
    length: bytes.length,
    hashes: { sha256: fileDigest(bytes) },
  };
}

function textOf(envelope: Envelope<Signed>): string {
  return Buffer.from(printEnvelope(envelope)).toString('utf8');
}
