// SPDX-License-Identifier: GPL-2.0-or-later
/** Which roles a stream has, who signs for each, and how the next version of one is begun. */
import { StreamError } from '../error.ts';
import type { Envelope, KeyTable, RoleKeys, RootSigned, TargetsSigned, View } from './model.ts';
import { momentAfter } from './moments.ts';
import type { ExpiryKind, Settings } from './settings.ts';

/** The role of waves, halts and blocks. */
export const ROLLOUT = 'rollout';
/** The version of the specification that our metadata follows. */
export const SPEC_VERSION = '1.0.31';

const BIN_NAME = /^(.+)-b\d{4}$/;

/** The name of the n-th bin of a series, from 1. Never a number alone: objects of JavaScript reorder those. */
export function binName(series: string, number: number): string {
  return `${series}-b${String(number).padStart(4, '0')}`;
}

/** Whether a name could be that of a bin, and so is none for a series. */
export function looksLikeBin(name: string): boolean {
  return BIN_NAME.test(name);
}

/** What the path of a target of a series must look like; of `rollout` likewise. */
export function seriesPattern(series: string): string {
  return `${series}/*/*/*`;
}

/** The next version of the root, or the published one. */
export function nextRoot({ published, staged }: View): Envelope<RootSigned> {
  const root = staged.root ?? published.root;
  if (root === undefined) throw missing('root');
  return root;
}

/** The next version of a role with targets, or the published one; undefined when there is none (or it was not read). */
export function nextTargets({ published, staged }: View, role: string): Envelope<TargetsSigned> | undefined {
  return staged.targets.get(role) ?? published.targets.get(role);
}

/** As `nextTargets` for a role that must be there. */
export function theTargets(view: View, role: string): Envelope<TargetsSigned> {
  const envelope = nextTargets(view, role);
  if (envelope === undefined) throw missing(role);
  return envelope;
}

/** The distribution series of a stream, in the order of its targets role. */
export function seriesOf(view: View): string[] {
  const roles = nextTargets(view, 'targets')?.signed.delegations?.roles ?? [];
  return roles.map(({ name }) => name).filter((name) => name !== ROLLOUT);
}

/** Who delegates to a role: `root`, `targets`, or the series of a bin. */
export function delegatorOf(role: string): string {
  if (role === 'root' || role === 'targets' || role === 'snapshot' || role === 'timestamp') return 'root';
  const series = BIN_NAME.exec(role)?.[1];
  return series ?? 'targets';
}

/** Signatures that a role needs: so many of these keys. */
export interface Requirement {
  /** Who asks for it: a role with its version. */
  readonly by: string;
  readonly keys: KeyTable;
  readonly role: RoleKeys;
}

/**
 * What the next version of a role must be signed with. A root needs the threshold of the root before it and its own
 * (section 5.3.4, 5.3.5); every other role that of who delegates to it, in its next version.
 */
export function requirementsOf(view: View, role: string): Requirement[] {
  if (role === 'root') {
    const { published, staged } = view;
    const roots = [published.root, staged.root].filter((root) => root !== undefined);
    return roots.map(({ signed }) => requirement(`root ${signed.version}`, signed.keys, signed.roles.root));
  }
  const delegator = delegatorOf(role);
  if (delegator === 'root') {
    const { signed } = nextRoot(view);
    if (role !== 'targets' && role !== 'snapshot' && role !== 'timestamp') throw missing(role);
    return [requirement(`root ${signed.version}`, signed.keys, signed.roles[role])];
  }
  const { signed } = theTargets(view, delegator);
  const delegated = signed.delegations?.roles.find(({ name }) => name === role);
  if (signed.delegations === undefined || delegated === undefined) throw missing(role);
  return [requirement(`${delegator} ${signed.version}`, signed.delegations.keys, delegated)];
}

/**
 * Who else should sign the next version of a top role, where a new root takes keys away: those of the root before it.
 * See `metadataFiles`.
 */
export function bridgesOf({ published, staged }: View, role: string): Requirement[] {
  if (published.root === undefined || staged.root === undefined) return [];
  if (role !== 'targets' && role !== 'snapshot' && role !== 'timestamp') return [];
  const { version, keys, roles } = published.root.signed;
  return [requirement(`root ${version}`, keys, roles[role])];
}

/** Which expiry of the settings a role has. */
export function expiryKindOf(role: string): ExpiryKind {
  if (role === 'root' || role === 'targets' || role === 'snapshot' || role === 'timestamp') return role;
  return role === ROLLOUT ? ROLLOUT : 'series';
}

/** The moment at which a version of a role ends that is signed now. */
export function expiryOf(settings: Settings, role: string, now: number): string {
  return momentAfter(now, settings.expiryDays[expiryKindOf(role)]);
}

/** A role with targets as it is before its first version. */
export const NO_TARGETS: Pick<TargetsSigned, 'targets'> = { targets: {} };

/**
 * The next version of a role with these contents, unsigned. One version is staged at a time: what is staged already
 * is replaced, under the same number.
 */
export function nextVersion(
  view: View,
  role: string,
  content: Pick<TargetsSigned, 'targets' | 'delegations'>,
  expires: string,
): Envelope<TargetsSigned> {
  const { targets, delegations } = content;
  const version = (view.published.targets.get(role)?.signed.version ?? 0) + 1;
  return {
    signatures: [],
    signed: {
      _type: 'targets',
      spec_version: SPEC_VERSION,
      version,
      expires,
      targets,
      ...(delegations === undefined ? {} : { delegations }),
    },
  };
}

/** The view with another version of some roles staged. */
export function withStaged(view: View, roles: ReadonlyMap<string, Envelope<TargetsSigned>>): View {
  const targets = new Map([...view.staged.targets, ...roles]);
  return { ...view, staged: { ...view.staged, targets } };
}

function requirement(by: string, keys: KeyTable, role: RoleKeys): Requirement {
  return { by, keys, role: { keyids: role.keyids, threshold: role.threshold } };
}

function missing(role: string): StreamError {
  return new StreamError('STREAM_NO_ROLE', `the stream has no role ${role}`, { place: { symbol: role } });
}
