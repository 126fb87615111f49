// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What a client of TUF believes: each function takes what is trusted and the bytes of one file, and gives the metadata
 * that may be trusted next, or throws with the code of the attack that the bytes are.
 *
 * The order of the workflow (TUF 5.3 to 5.6) is in `refresh.ts`. Forms and signatures are the business of @tufjs/models.
 * The same rules stand in tuf-js as `TrustedMetadataStore`; they are written here once more for three reasons:
 *
 * - it takes its time from the clock of the machine in its constructor, and here the reference time is not that clock
 *   but the latest time that the machine has ever shown;
 * - it keeps a candidate before it has refused it (a signed snapshot of another timestamp, an expired timestamp), and
 *   compares the next candidate with that. With several mirrors the one that lies would so make the honest one look
 *   like a rollback. Here a refusal leaves no trace: nothing is kept but what is returned;
 * - its errors do not say which attack they met.
 *
 * `test/oracle.test.ts` plays random histories to both and compares what they accept.
 */
import type { Key, Metadata, MetaFile, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { StreamError } from '../error.ts';
import type { Lateness } from './model.ts';
import { parseRoot, parseSnapshot, parseTargets, parseTimestamp } from './parse.ts';

type Role = Root['roles'][string];
type AnyMetadata = Metadata<Root | Timestamp | Snapshot | Targets>;
/** Who says by which keys a role is signed. */
export type Delegator = Metadata<Root> | Metadata<Targets>;

/**
 * The root that trust begins with: it must be signed by itself. Its end is not looked at; a newer one follows.
 *
 * @throws StreamError as `nextRoot`.
 */
export function firstRoot(bytes: Uint8Array): Metadata<Root> {
  const root = parseRoot(bytes);
  checkSigned(root, 'root', root);
  return root;
}

/**
 * TUF 5.3.4 to 5.3.7: signed by the keys of the root before and by its own, and one version higher.
 *
 * @throws StreamError STREAM_WRONG_KEY, STREAM_UNDER_THRESHOLD, STREAM_ROLLBACK, STREAM_MIXED, and those of parsing.
 */
export function nextRoot(trusted: Metadata<Root>, bytes: Uint8Array): Metadata<Root> {
  const root = parseRoot(bytes);
  checkSigned(trusted, 'root', root);
  checkSigned(root, 'root', root);
  const wanted = trusted.signed.version + 1;
  const { version } = root.signed;
  if (version < wanted) throw older('root', version, wanted);
  if (version > wanted) throw mixed('root', `version ${version} stands where ${wanted} belongs`);
  return root;
}

/**
 * TUF 5.4.2 and 5.4.3. The end is not looked at: an old timestamp of ours still says what must not be rolled back.
 *
 * @param trusted the timestamp that was trusted before.
 * @returns the new one, or the trusted one when both have the same version.
 * @throws StreamError STREAM_WRONG_KEY, STREAM_UNDER_THRESHOLD, STREAM_ROLLBACK, and those of parsing.
 */
export function nextTimestamp(
  root: Metadata<Root>,
  trusted: Metadata<Timestamp> | undefined,
  bytes: Uint8Array,
): Metadata<Timestamp> {
  const timestamp = parseTimestamp(bytes);
  checkSigned(root, 'timestamp', timestamp);
  if (trusted === undefined) return timestamp;
  const [now, before] = [timestamp.signed, trusted.signed];
  if (now.version < before.version) throw older('timestamp', now.version, before.version);
  if (now.version === before.version) return trusted;
  if (now.snapshotMeta.version < before.snapshotMeta.version)
    throw older('snapshot', now.snapshotMeta.version, before.snapshotMeta.version);
  return timestamp;
}

/** A snapshot of our own folder: signed, whatever its version; it says what must not be rolled back. */
export function ownSnapshot(root: Metadata<Root>, bytes: Uint8Array): Metadata<Snapshot> {
  const snapshot = parseSnapshot(bytes);
  checkSigned(root, 'snapshot', snapshot);
  return snapshot;
}

/**
 * TUF 5.5.2 to 5.5.5: the one that the timestamp names, and no role in it is older or gone.
 *
 * @throws StreamError STREAM_TRUNCATED, STREAM_WRONG_HASH, STREAM_WRONG_KEY, STREAM_UNDER_THRESHOLD, STREAM_MIXED,
 * STREAM_ROLLBACK, and those of parsing.
 */
export function nextSnapshot(
  root: Metadata<Root>,
  timestamp: Metadata<Timestamp>,
  trusted: Metadata<Snapshot> | undefined,
  bytes: Uint8Array,
): Metadata<Snapshot> {
  const wanted = timestamp.signed.snapshotMeta;
  checkContent('snapshot', wanted, bytes);
  const snapshot = parseSnapshot(bytes);
  checkSigned(root, 'snapshot', snapshot);
  const { version, meta } = snapshot.signed;
  if (version !== wanted.version)
    throw mixed('snapshot', `version ${version}, and the timestamp names ${wanted.version}`);
  for (const [file, before] of Object.entries(trusted?.signed.meta ?? {})) {
    const now = Object.hasOwn(meta, file) ? meta[file] : undefined;
    if (now === undefined)
      throw new StreamError('STREAM_ROLLBACK', `${file} was listed before and is gone`, placeOf('snapshot'));
    if (now.version < before.version) throw older(file, now.version, before.version);
  }
  return snapshot;
}

/** What the snapshot says of a role that lists targets. */
export function snapshotEntry(snapshot: Metadata<Snapshot>, role: string): MetaFile {
  const file = `${role}.json`;
  const entry = Object.hasOwn(snapshot.signed.meta, file) ? snapshot.signed.meta[file] : undefined;
  if (entry === undefined) throw mixed(role, 'the snapshot does not list this role');
  return entry;
}

/**
 * TUF 5.6.2 to 5.6.5: the file that the snapshot names, signed as the delegator says, and not past its end.
 *
 * @throws StreamError STREAM_TRUNCATED, STREAM_WRONG_HASH, STREAM_WRONG_KEY, STREAM_UNDER_THRESHOLD, STREAM_MIXED,
 * STREAM_EXPIRED, and those of parsing.
 */
export function targetsOf(
  role: string,
  delegator: Delegator,
  snapshot: Metadata<Snapshot>,
  bytes: Uint8Array,
  reference: Reference,
): Metadata<Targets> {
  const wanted = snapshotEntry(snapshot, role);
  checkContent(role, wanted, bytes);
  const targets = parseTargets(role, bytes);
  checkSigned(delegator, role, targets);
  if (targets.signed.version !== wanted.version)
    throw mixed(role, `version ${targets.signed.version}, and the snapshot names ${wanted.version}`);
  checkFresh(role, targets, reference);
  return targets;
}

/** By which time ends are judged. */
export interface Reference {
  /** Milliseconds since 1970: fixed at the start of an update (TUF 5.1). */
  readonly reference: number;
  readonly late?: Lateness | undefined;
}

/** @throws StreamError STREAM_EXPIRED when the metadata ended before the time that counts for its role. */
export function checkFresh(role: string, metadata: AnyMetadata, { reference: now, late }: Reference): void {
  const reference = late?.roles.includes(role) === true ? now - late.milliseconds : now;
  const { expires } = metadata.signed;
  if (reference < Date.parse(expires)) return;
  throw new StreamError('STREAM_EXPIRED', `stale since ${expires}`, placeOf(role));
}

/**
 * Counts the good signatures of a role (TUF 5.3.4 and its like). One key counts once, under however many key ids it is
 * listed.
 *
 * @throws StreamError STREAM_WRONG_KEY when none of the role's keys signed, STREAM_UNDER_THRESHOLD when too few did.
 */
export function checkSigned(delegator: Delegator, role: string, metadata: AnyMetadata): void {
  const { keys, keyIds, threshold } = signersOf(delegator.signed, role);
  const good = new Set<string>();
  for (const id of keyIds) {
    const key = keys[id];
    if (key === undefined || !isSignedBy(key, metadata)) continue;
    good.add(key.keyVal.public ?? id);
  }
  if (good.size >= threshold) return;
  const code = good.size === 0 ? 'STREAM_WRONG_KEY' : 'STREAM_UNDER_THRESHOLD';
  throw new StreamError(code, `signed by ${good.size} of ${threshold} keys`, placeOf(role));
}

interface Signers {
  readonly keys: Readonly<Record<string, Key>>;
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

/** The keys of a role as its delegator names them. */
function signersOf(signed: Root | Targets, role: string): Signers {
  const [keys, named] =
    'roles' in signed
      ? [signed.keys, own(signed.roles, role)]
      : [signed.delegations?.keys, delegated(signed, role)];
  if (keys === undefined || named === undefined)
    throw mixed(role, 'the role that leads here does not name this one');
  return { keys, keyIds: named.keyIDs, threshold: named.threshold };
}

function delegated({ delegations }: Targets, role: string): Role | undefined {
  const { roles, succinctRoles } = delegations ?? {};
  if (roles !== undefined) return own(roles, role);
  return succinctRoles?.isDelegatedRole(role) === true ? succinctRoles : undefined;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isSignedBy(key: Key, metadata: AnyMetadata): boolean {
  try {
    key.verifySignature(metadata);
    return true;
  } catch {
    // No signature, a bad one, or a kind of key that is not known: it does not count.
    return false;
  }
}

/** Length and digests, where the one who names a file gives them (TUF 5.5.2, 5.6.2). */
function checkContent(role: string, wanted: MetaFile, bytes: Uint8Array): void {
  if (wanted.length !== undefined && bytes.length < wanted.length) {
    const reason = `${bytes.length} bytes of ${wanted.length}`;
    throw new StreamError('STREAM_TRUNCATED', reason, placeOf(role));
  }
  try {
    wanted.verify(Buffer.from(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'the digest is not the signed one';
    throw new StreamError('STREAM_WRONG_HASH', reason, { ...placeOf(role), cause });
  }
}

function older(file: string, version: number, before: number): StreamError {
  const name = file.endsWith('.json') ? file.slice(0, -'.json'.length) : file;
  return new StreamError('STREAM_ROLLBACK', `version ${version}, and ${before} was trusted`, placeOf(name));
}

function mixed(role: string, reason: string): StreamError {
  return new StreamError('STREAM_MIXED', reason, placeOf(role));
}

function placeOf(role: string): { place: { file: string } } {
  return { place: { file: `${role}.json` } };
}
