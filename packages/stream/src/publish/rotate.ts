// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream rotate` and `sign --renew`: stages other keys, or later ends. */
import { StreamError } from '../error.ts';
import type { Staged } from '../repository/model.ts';
import { renew } from '../repository/renew.ts';
import { addSeries, type KeyChange, rolesWithKeys, rotate } from '../repository/rotate.ts';
import type { Repository } from './repository.ts';
import { readAllBins } from './status.ts';

/** Every role that lists one of the keys that are taken away. */
const ALL = 'all';

/**
 * Stages a change of keys.
 *
 * @param role its name; `all` for every role that has a key that is taken away.
 * @returns the roles that are staged now.
 * @throws StreamError STREAM_NO_ROLE, STREAM_BAD_THRESHOLD, STREAM_WEAKER.
 */
export async function rotateRole(
  repository: Repository,
  role: string,
  change: KeyChange,
  now: number,
): Promise<readonly string[]> {
  await readAllBins(repository);
  const roles = role === ALL ? rolesWithKeys(repository.view, change.remove) : [role];
  if (roles.length === 0) throw new StreamError('STREAM_NO_ROLE', 'no role lists this key');
  let { view } = repository;
  for (const one of roles) {
    const listed = role === ALL ? { ...change, remove: keysListed(repository, one, change.remove) } : change;
    view = rotate(view, one, listed, repository.settings, now);
  }
  await repository.stage(view.staged);
  return stagedRoles(view.staged);
}

/** Stages a new distribution series. @throws StreamError STREAM_BAD_SERIES, STREAM_BAD_THRESHOLD. */
export async function newSeries(
  repository: Repository,
  series: string,
  change: KeyChange,
  now: number,
): Promise<readonly string[]> {
  const { staged } = addSeries(repository.view, series, change, repository.settings, now);
  await repository.stage(staged);
  return stagedRoles(staged);
}

/** Stages new versions of what ends within so many days. @returns the roles that are staged now. */
export async function renewRoles(
  repository: Repository,
  days: number,
  now: number,
): Promise<readonly string[]> {
  await readAllBins(repository);
  const { staged } = renew(repository.view, days, repository.settings, now);
  await repository.stage(staged);
  return stagedRoles(staged);
}

/** Those of the keys that one role has. */
function keysListed(repository: Repository, role: string, keyIds: readonly string[]): string[] {
  return keyIds.filter((id) => rolesWithKeys(repository.view, [id]).includes(role));
}

function stagedRoles({ root, targets }: Staged): string[] {
  return [...(root === undefined ? [] : ['root']), ...targets.keys()];
}
