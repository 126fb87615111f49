// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Who may speak for a target (TUF 5.6.7): the delegations are a graph, searched from `targets` on in the order in which
 * they are listed, deep before wide. The first role on that way that lists the target decides. A terminating delegation
 * that fits ends the search outside of it.
 *
 * A role that several others delegate to is read once, but its signatures are counted anew for each of them, by their
 * keys: what one delegator accepts says nothing of another.
 */
import type { Metadata, TargetFile, Targets } from '@tufjs/models';
import { StreamError } from '../error.ts';
import { MAX_ENTRIES, MAX_VISITED_ROLES } from './limits.ts';
import { matchesPattern } from './pattern.ts';

/** Brings a role that `delegator` names, verified by the keys that it names for it. */
export type LoadRole = (role: string, delegator: Metadata<Targets>) => Promise<Metadata<Targets>>;

interface Visit {
  readonly role: string;
  readonly delegator: Metadata<Targets> | undefined;
}

/**
 * Searches the target.
 *
 * @param top the metadata of the role `targets`.
 * @returns undefined when no role that may speak for it lists it.
 * @throws StreamError STREAM_TOO_LARGE when the search would visit more roles than is bounded; what `load` throws.
 */
export async function findTarget(
  top: Metadata<Targets>,
  path: string,
  load: LoadRole,
): Promise<TargetFile | undefined> {
  const visited = new Set<string>();
  let waiting: readonly Visit[] = [{ role: 'targets', delegator: undefined }];
  while (waiting.length > 0) {
    const [{ role, delegator }, ...rest] = waiting as readonly [Visit, ...Visit[]];
    waiting = rest;
    if (visited.has(role)) continue;
    checkVisits(visited, MAX_VISITED_ROLES);
    visited.add(role);
    const metadata = delegator === undefined ? top : await load(role, delegator);
    const { targets } = metadata.signed;
    const found = Object.hasOwn(targets, path) ? targets[path] : undefined;
    if (found !== undefined) return found;
    const { roles, terminated } = rolesFor(metadata.signed, path);
    const below = roles.map((name) => ({ role: name, delegator: metadata }));
    waiting = terminated ? below : [...below, ...waiting];
  }
  return undefined;
}

/**
 * Visits every role that delegations reach, whatever they may speak for. Bins are many: all of them are brought.
 *
 * @returns the roles in the order of the search, without `targets` itself.
 * @throws StreamError STREAM_TOO_LARGE when there are more roles than is bounded; what `load` throws.
 */
export async function everyRole(top: Metadata<Targets>, load: LoadRole): Promise<readonly string[]> {
  const visited = new Set<string>();
  const visit = async (delegator: Metadata<Targets>): Promise<void> => {
    for (const role of delegatedRoles(delegator.signed)) {
      if (visited.has(role)) continue;
      checkVisits(visited, MAX_ENTRIES);
      visited.add(role);
      await visit(await load(role, delegator));
    }
  };
  await visit(top);
  return [...visited];
}

function checkVisits(visited: ReadonlySet<string>, limit: number): void {
  if (visited.size < limit) return;
  throw new StreamError('STREAM_TOO_LARGE', `the delegations lead through more than ${limit} roles`);
}

function rolesFor({ delegations }: Targets, path: string): { roles: string[]; terminated: boolean } {
  if (delegations?.succinctRoles !== undefined)
    return { roles: [delegations.succinctRoles.getRoleForTarget(path)], terminated: true };
  const roles: string[] = [];
  for (const role of Object.values(delegations?.roles ?? {})) {
    const fits =
      role.paths === undefined
        ? role.isDelegatedPath(path)
        : role.paths.some((pattern) => matchesPattern(pattern, path));
    if (!fits) continue;
    roles.push(role.name);
    if (role.terminating) return { roles, terminated: true };
  }
  return { roles, terminated: false };
}

function delegatedRoles({ delegations }: Targets): string[] {
  if (delegations?.succinctRoles === undefined) return Object.keys(delegations?.roles ?? {});
  const { numberOfBins } = delegations.succinctRoles;
  if (numberOfBins > MAX_ENTRIES)
    throw new StreamError('STREAM_TOO_LARGE', `${numberOfBins} bins, and ${MAX_ENTRIES} are the most`);
  return [...delegations.succinctRoles.getRoles()];
}
