// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream publish`: makes what is staged the state that hosts see. */
import { CATALOGUE, type Finding, fileDigest, type StreamCode } from '@uptide/base';
import { StreamError } from '../error.ts';
import type { Signer } from '../keys/signer.ts';
import { checkAsClient } from '../repository/as-client.ts';
import { checkNext } from '../repository/check-next.ts';
import type {
  Envelope,
  SnapshotSigned,
  Staged,
  TargetsSigned,
  TimestampSigned,
  View,
} from '../repository/model.ts';
import { momentAfter } from '../repository/moments.ts';
import { metadataFiles, newTargets, nextSnapshot, nextTimestamp } from '../repository/publication.ts';
import { bridgesOf, expiryOf, nextVersion, ROLLOUT, requirementsOf } from '../repository/roles.ts';
import { signersOf } from '../repository/sign.ts';
import { forMany } from './disk.ts';
import { type Repository, targetFileName } from './repository.ts';
import { withSignatures } from './sign.ts';
import { checkWaves } from './waves.ts';

/** What was published, or why nothing was. */
export interface PublishResult {
  readonly findings: readonly Finding[];
  /** Roles with their new versions, in the order of writing; none when there is a finding. */
  readonly published: readonly { readonly role: string; readonly version: number }[];
}

/**
 * Publishes all that is staged.
 *
 * @param signers keys at hand; those of snapshot and timestamp must be among them.
 * @throws StreamError STREAM_NOTHING_STAGED; what speaks against a publication is in the result.
 */
export async function publishStaged(
  repository: Repository,
  signers: readonly Signer[],
  now: number,
): Promise<PublishResult> {
  const { staged } = repository.view;
  if (staged.root === undefined && staged.targets.size === 0) {
    throw new StreamError('STREAM_NOTHING_STAGED', 'nothing is staged', {
      place: { file: repository.folder },
    });
  }
  const late = await checkWaves(repository, now);
  return late.length > 0
    ? { findings: late, published: [] }
    : await publishPart(repository, { part: staged, signers, now });
}

/** Signs the timestamp anew, and the snapshot when less than half of its time is left. */
export async function refresh(
  repository: Repository,
  signers: readonly Signer[],
  now: number,
): Promise<PublishResult> {
  const { published, staged } = repository.view;
  if (published.snapshot === undefined) {
    throw new StreamError('STREAM_NOTHING_PUBLISHED', 'nothing was published yet', {
      place: { file: repository.folder },
    });
  }
  const rollout = await renewedRollout(repository, signers, now);
  const part = { targets: new Map(rollout === undefined ? [] : [[ROLLOUT, rollout]]) };
  return await publishPart(repository, { part, rest: staged, signers, now });
}

/** A new version of the rollouts when half of their time is over, nothing else is staged, and the keys are at hand. */
async function renewedRollout(
  { view, settings }: Repository,
  signers: readonly Signer[],
  now: number,
): Promise<Envelope<TargetsSigned> | undefined> {
  const { published, staged } = view;
  const rollout = published.targets.get(ROLLOUT);
  if (rollout === undefined || staged.targets.has(ROLLOUT)) return undefined;
  if (hasHalf(rollout, settings.expiryDays.rollout, now)) return undefined;
  const fresh = { published, staged: { targets: new Map() } };
  const next = nextVersion(fresh, ROLLOUT, rollout.signed, expiryOf(settings, ROLLOUT, now));
  const requirements = requirementsOf(fresh, ROLLOUT);
  const { signed } = await withSignatures(next, requirements, signers);
  const enough = requirements.every(
    ({ keys, role }) => signersOf(signed, keys, role).length >= role.threshold,
  );
  return enough ? signed : undefined;
}

interface Part {
  /** The staged roles that are published now. */
  readonly part: Staged;
  /** What stays staged; nothing when absent. */
  readonly rest?: Staged;
  /** Files of new targets that were not laid yet. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  readonly signers: readonly Signer[];
  readonly now: number;
}

/** Publishes some roles and leaves others staged. */
export async function publishPart(
  repository: Repository,
  { part, rest, files, signers, now }: Part,
): Promise<PublishResult> {
  const { settings } = repository;
  if (files !== undefined) await repository.lay(files);
  await repository.readRoles(rolesToCompare(repository.view, part));
  const view: View = { published: repository.view.published, staged: part };
  const kept = keptSnapshot(view, settings.expiryDays.snapshot, now);
  const current = kept ?? (await signOnline(view, 'snapshot', nextSnapshot(view, settings, now), signers));
  const snapshot = kept === undefined ? current : undefined;
  const timestamp = await signOnline(view, 'timestamp', nextTimestamp(view, current, settings, now), signers);
  const targets = newTargets(view);
  const findings = [
    ...checkNext({ view, settings, now }),
    ...checkOnline(view, snapshot, timestamp),
    ...(await checkFiles(repository, targets)),
  ];
  const metadata = metadataFiles(view, snapshot, timestamp);
  // A client would say of a signature that lacks what was said already.
  if (findings.length === 0) {
    findings.push(...(await checkAsClient(view, metadata, (path) => repository.readPublished(path), now)));
  }
  if (findings.length > 0) return { findings, published: [] };
  await repository.publish(
    { targets: targets.map(({ path, target }) => targetFileName(path, target)), metadata },
    rest,
  );
  return { findings, published: rolesOf(part, snapshot, timestamp) };
}

/** The published roles that a check needs: those that are replaced, and those whose keys may change. */
function rolesToCompare(view: View, { root, targets }: Staged): string[] {
  const children = [...targets].flatMap(([role, { signed }]) => {
    const before = view.published.targets.get(role)?.signed.delegations;
    const after = signed.delegations;
    const sameKeys = (name: string): boolean =>
      JSON.stringify(before?.roles.find((one) => one.name === name)?.keyids) ===
      JSON.stringify(after?.roles.find((one) => one.name === name)?.keyids);
    return (after?.roles ?? []).map(({ name }) => name).filter((name) => !sameKeys(name));
  });
  return [...(root === undefined ? [] : ['targets']), ...targets.keys(), ...children];
}

/** The published snapshot when it stays: nothing that it lists changes, and half of its time is left. */
function keptSnapshot(
  { published: { snapshot }, staged }: View,
  days: number,
  now: number,
): Envelope<SnapshotSigned> | undefined {
  if (snapshot === undefined || staged.targets.size > 0 || staged.root !== undefined) return undefined;
  return hasHalf(snapshot, days, now) ? snapshot : undefined;
}

/** Whether more than half of the days is left that a file may have. */
function hasHalf({ signed }: Envelope, days: number, now: number): boolean {
  return signed.expires > momentAfter(now, days / 2);
}

async function signOnline<T extends SnapshotSigned | TimestampSigned>(
  view: View,
  role: 'snapshot' | 'timestamp',
  envelope: Envelope<T>,
  signers: readonly Signer[],
): Promise<Envelope<T>> {
  const asked = [...requirementsOf(view, role), ...bridgesOf(view, role)];
  return (await withSignatures(envelope, asked, signers)).signed;
}

function checkOnline(
  view: View,
  snapshot: Envelope<SnapshotSigned> | undefined,
  timestamp: Envelope<TimestampSigned>,
): Finding[] {
  const made = [['timestamp', timestamp] as const];
  const all = snapshot === undefined ? made : [...made, ['snapshot', snapshot] as const];
  return all.flatMap(([name, envelope]) =>
    requirementsOf(view, name).flatMap(({ keys, role }) => {
      const have = signersOf(envelope, keys, role).length;
      if (have >= role.threshold) return [];
      return [refuse('STREAM_UNSIGNED', { symbol: name }, `${have} of ${role.threshold} keys are at hand`)];
    }),
  );
}

/** Every new target is there with its bytes. */
async function checkFiles(
  repository: Repository,
  targets: ReturnType<typeof newTargets>,
): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  await forMany(targets, async ({ path, target }) => {
    const bytes = await repository.readTarget(path, target);
    if (bytes?.length === target.length && fileDigest(bytes) === target.hashes.sha256) return;
    const reason = bytes === undefined ? 'the file is gone' : 'the file is not what the metadata says';
    findings.set(path, refuse('STREAM_TARGET_WRONG', { file: path }, reason));
  });
  return targets.flatMap(({ path }) => findings.get(path) ?? []);
}

function rolesOf(
  { root, targets }: Staged,
  snapshot: Envelope<SnapshotSigned> | undefined,
  timestamp: Envelope<TimestampSigned>,
): PublishResult['published'] {
  const all = [
    ...[...targets].map(([role, { signed }]) => ({ role, version: signed.version })),
    ...(root === undefined ? [] : [{ role: 'root', version: root.signed.version }]),
    ...(snapshot === undefined ? [] : [{ role: 'snapshot', version: snapshot.signed.version }]),
    { role: 'timestamp', version: timestamp.signed.version },
  ];
  return all;
}

function refuse(code: StreamCode, place: Finding['place'], reason: string): Finding {
  return { code, verdict: 'refuse', place, reason, remedy: CATALOGUE[code].remedy };
}
