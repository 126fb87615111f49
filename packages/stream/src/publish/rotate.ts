// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream rotate` and `sign --renew`: stages other keys, or later ends. */
import { StreamError } from '../error.ts';
import type { Staged, View } from '../repository/model.ts';
import { renew } from '../repository/renew.ts';
import { addSeries, type KeyChange, rolesWithKeys, rotate } from '../repository/rotate.ts';
import { keyIdOf } from '../repository/sign.ts';
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
    const own = role === ALL ? changeFor(view, one, change) : change;
    view = rotate(view, one, own, repository.settings, now);
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

/** What of the change of all roles is news to one of them. */
function changeFor(view: View, role: string, { add, remove, ...change }: KeyChange): KeyChange {
  const has = (id: string): boolean => rolesWithKeys(view, [id]).includes(role);
  return { ...change, add: add.filter((key) => !has(keyIdOf(key))), remove: remove.filter(has) };
}

function stagedRoles({ root, targets }: Staged): string[] {
  return [...(root === undefined ? [] : ['root']), ...targets.keys()];
}
