// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other keys or another threshold for a role, in-band: hosts follow without being touched.
 *
 * Who delegates to the role gets a new version that says so: the root for the top roles (signed by the keys of the
 * root before it, too), targets for series and rollouts. What the role itself signed, and what its bins signed with
 * the same keys, stays as it is where it has enough signatures by the new keys, and is signed anew elsewhere.
 *
 * Keys that are taken away from snapshot or timestamp end what a thief signed with them: a host that sees the new
 * root drops the timestamp and the snapshot that it trusted (specification, 5.3.11), however far these had gone ahead.
 */
import { StreamError } from '../error.ts';
import { delegationsOf } from './bins.ts';
import { keyTable, requireSeriesName, roleKeys } from './found.ts';
import type { Envelope, KeyTable, PublicKey, RoleKeys, RootSigned, TopRole, View } from './model.ts';
import { TOP_ROLES } from './model.ts';
import {
  expiryOf,
  NO_TARGETS,
  nextRoot,
  nextTargets,
  nextVersion,
  requirementsOf,
  seriesOf,
  seriesPattern,
  theTargets,
  withStaged,
} from './roles.ts';
import type { Settings } from './settings.ts';
import { keyIdOf, signersOf } from './sign.ts';

/** What changes of the keys of a role. */
export interface KeyChange {
  readonly add: readonly PublicKey[];
  /** Ids of keys. */
  readonly remove: readonly string[];
  /** The threshold stays when it is absent. */
  readonly threshold?: number | undefined;
  /** Why fewer signatures are to be enough; needed for that alone. */
  readonly weaken?: string | undefined;
}

/** The roles that list one of these keys. */
export function rolesWithKeys(view: View, keyIds: readonly string[]): string[] {
  const { roles } = nextRoot(view).signed;
  const top = TOP_ROLES.map((name) => [name, roles[name]] as const);
  const delegated = (nextTargets(view, 'targets')?.signed.delegations?.roles ?? []).map(
    (role) => [role.name, role] as const,
  );
  return [...top, ...delegated]
    .filter(([, role]) => role.keyids.some((id) => keyIds.includes(id)))
    .map(([name]) => name);
}

/**
 * The view with the change of a role's keys staged; all bins of a series must have been read.
 *
 * @throws StreamError STREAM_NO_ROLE, STREAM_BAD_THRESHOLD, STREAM_WEAKER.
 */
export function rotate(view: View, role: string, change: KeyChange, settings: Settings, now: number): View {
  const weakened = weakenedBy(view, role, change);
  const rotated = isTop(role)
    ? rotateTop(view, role, change, settings, now)
    : rotateDelegated(view, role, change, settings, now);
  const all = [...(view.staged.weakened ?? []), ...weakened];
  return { ...rotated, staged: { ...rotated.staged, ...(all.length === 0 ? {} : { weakened: all }) } };
}

/**
 * The view with a distribution series more.
 *
 * @throws StreamError STREAM_BAD_SERIES, STREAM_BAD_THRESHOLD.
 */
export function addSeries(
  view: View,
  series: string,
  change: KeyChange,
  settings: Settings,
  now: number,
): View {
  requireSeriesName(series);
  if (seriesOf(view).includes(series)) {
    throw new StreamError('STREAM_BAD_SERIES', `the stream has ${series} already`);
  }
  const signers = { keys: change.add, threshold: change.threshold ?? 1 };
  const keys = keyTable([signers]);
  const role = {
    name: series,
    paths: [seriesPattern(series)],
    terminating: true,
    ...roleKeys(series, signers),
  };
  const { targets, delegations } = theTargets(view, 'targets').signed;
  const next = {
    keys: { ...delegations?.keys, ...keys },
    roles: [...(delegations?.roles ?? []), role],
  };
  const staged = new Map([
    [
      'targets',
      nextVersion(view, 'targets', { targets, delegations: next }, expiryOf(settings, 'targets', now)),
    ],
    [
      series,
      nextVersion(
        view,
        series,
        { ...NO_TARGETS, delegations: { keys, roles: [] } },
        expiryOf(settings, series, now),
      ),
    ],
  ]);
  return withStaged(view, staged);
}

function rotateTop(view: View, role: TopRole, change: KeyChange, settings: Settings, now: number): View {
  const { signed } = nextRoot(view);
  const all = { ...signed.keys, ...keyTable([{ keys: change.add, threshold: 1 }]) };
  const roles = { ...signed.roles, [role]: changedKeys(role, signed.roles[role], change, all) };
  const next: Envelope<RootSigned> = {
    signatures: [],
    signed: {
      ...signed,
      version: (view.published.root?.signed.version ?? 0) + 1,
      expires: expiryOf(settings, 'root', now),
      keys: keysOf(Object.values(roles), all),
      roles,
    },
  };
  const after = { ...view, staged: { ...view.staged, root: next } };
  return signAnew(after, ['targets'], settings, now);
}

function rotateDelegated(view: View, role: string, change: KeyChange, settings: Settings, now: number): View {
  const { targets, delegations } = theTargets(view, 'targets').signed;
  const before = delegations?.roles.find(({ name }) => name === role);
  if (delegations === undefined || before === undefined) {
    throw new StreamError('STREAM_NO_ROLE', `no keys are listed for ${role}`, { place: { symbol: role } });
  }
  const all = { ...delegations.keys, ...keyTable([{ keys: change.add, threshold: 1 }]) };
  const roles = delegations.roles.map((one) =>
    one.name === role ? { ...one, ...changedKeys(role, one, change, all) } : one,
  );
  const next = { targets, delegations: { keys: keysOf(roles, all), roles } };
  const delegated = withStaged(
    view,
    new Map([['targets', nextVersion(view, 'targets', next, expiryOf(settings, 'targets', now))]]),
  );
  const { signed } = theTargets(delegated, role);
  if (signed.delegations === undefined) return signAnew(delegated, [role], settings, now);
  const bins = signed.delegations.roles;
  const content = { targets: signed.targets, delegations: delegationsOf(delegated, role, bins) };
  const after = withStaged(
    delegated,
    new Map([[role, nextVersion(delegated, role, content, expiryOf(settings, role, now))]]),
  );
  return signAnew(
    after,
    bins.map(({ name }) => name),
    settings,
    now,
  );
}

/** New versions of those roles that lack signatures by their keys, with the same contents. */
function signAnew(view: View, roles: readonly string[], settings: Settings, now: number): View {
  const lacking = roles.filter((role) => {
    if (view.staged.targets.has(role)) return false;
    const envelope = nextTargets(view, role);
    if (envelope === undefined) return false;
    return requirementsOf(view, role).some(
      (one) => signersOf(envelope, one.keys, one.role).length < one.role.threshold,
    );
  });
  return renewed(view, lacking, settings, now);
}

/** New versions of roles with targets: the same contents with a new end. */
export function renewed(view: View, roles: readonly string[], settings: Settings, now: number): View {
  const next = roles.map((role) => {
    const { signed } = theTargets(view, role);
    return [role, nextVersion(view, role, signed, expiryOf(settings, role, now))] as const;
  });
  return withStaged(view, new Map(next));
}

function changedKeys(role: string, before: RoleKeys, change: KeyChange, all: KeyTable): RoleKeys {
  const unknown = change.remove.find((id) => !before.keyids.includes(id));
  if (unknown !== undefined) {
    throw new StreamError('STREAM_BAD_THRESHOLD', `${unknown} is no key of this role`, {
      place: { symbol: role },
    });
  }
  const added = change.add.map(keyIdOf);
  const ids = [...before.keyids.filter((id) => !change.remove.includes(id)), ...added];
  const keys = ids.map((id) => all[id]).filter((key) => key !== undefined);
  return roleKeys(role, { keys, threshold: change.threshold ?? before.threshold });
}

/** The words for a lower threshold. */
function weakenedBy(view: View, role: string, change: KeyChange): { role: string; reason: string }[] {
  const before = requirementsOf(view, role).at(-1)?.role.threshold ?? 1;
  if (change.threshold === undefined || change.threshold >= before) return [];
  if (change.weaken === undefined) {
    throw new StreamError('STREAM_WEAKER', `${change.threshold} signatures instead of ${before}`, {
      place: { symbol: role },
    });
  }
  return [{ role, reason: change.weaken }];
}

/** Those keys that a role lists. */
function keysOf(roles: readonly RoleKeys[], all: KeyTable): KeyTable {
  const listed = new Set(roles.flatMap(({ keyids }) => keyids));
  return Object.fromEntries(Object.entries(all).filter(([id]) => listed.has(id)));
}

function isTop(role: string): role is TopRole {
  return TOP_ROLES.some((name) => name === role);
}
