// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Whether what is staged may be published: a host that trusts what is published now must be able to follow, and
 * must lose nothing by it. All that speaks against it is collected.
 */
import { CATALOGUE, type Finding, type StreamCode } from '@uptide/base';
import { isLevelFile } from '../formats/paths.ts';
import { MAX_ENTRIES } from '../trust/limits.ts';
import type { Envelope, RoleKeys, TargetsSigned, View } from './model.ts';
import { TOP_ROLES } from './model.ts';
import { momentOf } from './moments.ts';
import { delegatorOf, expiryOf, nextRoot, nextTargets, requirementsOf } from './roles.ts';
import type { Settings } from './settings.ts';
import { signersOf } from './sign.ts';

/** What a check gets. */
interface Next {
  readonly view: View;
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const CHECKS: readonly ((next: Next) => readonly Finding[])[] = [
  signatures,
  versions,
  nothingDropped,
  nothingReplaced,
  thresholds,
  expiries,
  sizes,
];

/** All that speaks against publishing what is staged. */
export function checkNext(next: Next): Finding[] {
  return CHECKS.flatMap((check) => check(next));
}

/** Every staged role, and every other one whose keys change, has its signatures. */
function signatures({ view }: Next): Finding[] {
  return rolesToVerify(view).flatMap((role) => {
    const envelope = role === 'root' ? nextRoot(view) : nextTargets(view, role);
    if (envelope === undefined) return [];
    return requirementsOf(view, role).flatMap((one) => {
      const have = signersOf(envelope, one.keys, one.role).length;
      if (have >= one.role.threshold) return [];
      const reason = `${one.by} asks for ${one.role.threshold} signatures; ${have} of its keys signed`;
      return [refuse('STREAM_UNSIGNED', role, reason)];
    });
  });
}

/** The staged roles, and those that a staged role delegates to, as far as they were read. */
function rolesToVerify({ published, staged }: View): string[] {
  const roles = new Set(staged.targets.keys());
  if (staged.root !== undefined) roles.add('root').add('targets');
  for (const { signed } of staged.targets.values()) {
    for (const { name } of signed.delegations?.roles ?? []) if (published.targets.has(name)) roles.add(name);
  }
  return [...roles];
}

/** Versions rise by one: a host would not take another. */
function versions({ view: { published, staged } }: Next): Finding[] {
  const pairs = [...staged.targets].map(
    ([role, { signed }]) => [role, published.targets.get(role)?.signed.version, signed.version] as const,
  );
  if (staged.root !== undefined) {
    pairs.push(['root', published.root?.signed.version, staged.root.signed.version]);
  }
  return pairs.flatMap(([role, before = 0, after]) =>
    after === before + 1
      ? []
      : [refuse('STREAM_GOES_BACK', role, `version ${after} would follow version ${before}`)],
  );
}

/** What was listed once stays listed: targets, roles, and the paths that these may sign for. */
function nothingDropped({ view: { published, staged } }: Next): Finding[] {
  return [...staged.targets].flatMap(([role, after]) => {
    const before = published.targets.get(role);
    if (before === undefined) return [];
    return [...lost(before, after)].map((what) => refuse('STREAM_DROPS', role, `${what} was listed`));
  });
}

function* lost(before: Envelope<TargetsSigned>, after: Envelope<TargetsSigned>): Iterable<string> {
  for (const path of Object.keys(before.signed.targets)) {
    if (!Object.hasOwn(after.signed.targets, path)) yield path;
  }
  const roles = new Map((after.signed.delegations?.roles ?? []).map((role) => [role.name, role.paths]));
  for (const { name, paths } of before.signed.delegations?.roles ?? []) {
    const kept = roles.get(name);
    if (kept === undefined) yield `the role ${name}`;
    else yield* paths.filter((path) => !kept.includes(path)).map((path) => `the path ${path} of ${name}`);
  }
}

/** The file of a published level, and what lies beside it, never becomes another. */
function nothingReplaced({ view: { published, staged } }: Next): Finding[] {
  return [...staged.targets].flatMap(([role, { signed }]) => {
    const before = published.targets.get(role)?.signed.targets ?? {};
    return Object.entries(signed.targets)
      .filter(([path, { hashes }]) => {
        const known = before[path]?.hashes.sha256;
        return isLevelFile(path) && known !== undefined && known !== hashes.sha256;
      })
      .map(([path]) => refuse('STREAM_LEVEL_REPLACED', role, `${path} would be another file`));
  });
}

/** No role asks for fewer signatures than before, unless the rotation said why. */
function thresholds({ view: { published, staged } }: Next): Finding[] {
  const pairs: [string, RoleKeys | undefined, RoleKeys | undefined][] = [];
  if (staged.root !== undefined) {
    for (const role of TOP_ROLES) {
      pairs.push([role, published.root?.signed.roles[role], staged.root.signed.roles[role]]);
    }
  }
  for (const [name, { signed }] of staged.targets) {
    const before = new Map(
      (published.targets.get(name)?.signed.delegations?.roles ?? []).map((role) => [role.name, role]),
    );
    for (const role of signed.delegations?.roles ?? []) pairs.push([role.name, before.get(role.name), role]);
  }
  const allowed = new Set((staged.weakened ?? []).map(({ role }) => role));
  return pairs.flatMap(([role, before, after]) =>
    before === undefined ||
    after === undefined ||
    after.threshold >= before.threshold ||
    allowed.has(seriesOfBin(role))
      ? []
      : [refuse('STREAM_WEAKER', role, `${after.threshold} signatures instead of ${before.threshold}`)],
  );
}

/** Nothing that is published has ended, or ends later than the settings allow. */
function expiries({ view, settings, now }: Next): Finding[] {
  const present = momentOf(now);
  const staged = [...view.staged.targets.keys()];
  const needed = ['root', 'targets', ...staged, ...staged.map(delegatorOf)];
  return [...new Set(needed)].flatMap((role) => {
    const expires = (role === 'root' ? nextRoot(view) : nextTargets(view, role))?.signed.expires;
    if (expires === undefined) return [];
    if (expires <= present) return [refuse('STREAM_ROLE_EXPIRED', role, `it ended at ${expires}`)];
    const isStaged = role === 'root' ? view.staged.root !== undefined : view.staged.targets.has(role);
    if (!isStaged || expires <= expiryOf(settings, role, now)) return [];
    return [refuse('STREAM_ROLE_EXPIRED', role, `it ends at ${expires}, later than the settings allow`)];
  });
}

function sizes({ view: { published, staged } }: Next): Finding[] {
  const roles = new Set([
    ...Object.keys(published.snapshot?.signed.meta ?? {}),
    ...[...staged.targets.keys()].map((role) => `${role}.json`),
  ]);
  const counts: readonly (readonly [string, number])[] = [
    ['snapshot', roles.size],
    ...[...staged.targets].map(([role, { signed }]) => [role, Object.keys(signed.targets).length] as const),
  ];
  return counts.flatMap(([role, count]) => {
    if (count <= MAX_ENTRIES) return [];
    return [refuse('STREAM_FULL', role, `${count} entries; the bound is ${MAX_ENTRIES}`)];
  });
}

/** A bin has the keys of its series; so words for that one are for its bins, too. */
function seriesOfBin(role: string): string {
  return role.replace(/-b\d{4}$/, '');
}

function refuse(code: StreamCode, role: string, reason: string): Finding {
  return { code, verdict: 'refuse', place: { symbol: role }, reason, remedy: CATALOGUE[code].remedy };
}
