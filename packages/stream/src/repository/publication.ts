// SPDX-License-Identifier: GPL-2.0-or-later
/** The files of a publication: snapshot and timestamp, and the order in which all are written. */
import { fileDigest } from '@uptide/base';
import type {
  Envelope,
  FileMeta,
  Signed,
  SnapshotSigned,
  TargetMeta,
  TimestampSigned,
  View,
} from './model.ts';
import { delegatorOf, expiryOf, ROLLOUT, SPEC_VERSION } from './roles.ts';
import type { Settings } from './settings.ts';
import { printEnvelope } from './sign.ts';

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
 * The files of metadata in the order in which they are written: what refers to others comes after them, so that a
 * reader who comes in between finds the old state or the new one. Only a new root is seen before the timestamp.
 */
export function metadataFiles(
  { staged }: View,
  snapshot: Envelope<SnapshotSigned> | undefined,
  timestamp: Envelope<TimestampSigned>,
): MetadataFile[] {
  const targets = [...staged.targets].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [
    ...targets.map(([role, envelope]) => versioned(role, envelope)),
    ...(staged.root === undefined ? [] : [versioned('root', staged.root)]),
    ...(snapshot === undefined ? [] : [versioned('snapshot', snapshot)]),
    { path: 'metadata/timestamp.json', text: textOf(timestamp) },
  ];
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
