// SPDX-License-Identifier: GPL-2.0-or-later
import type { IndexedLevel, KernelIndex } from '../formats/index-file.ts';
import { type LevelFix, SEVERITIES } from '../update/schema.ts';

/** How the levels of a kernel fix a CVE. */
export interface CveFix {
  /** The first level from which on every level that can be had fixes it. */
  readonly since: number;
  /** The fixes that name it, oldest first. */
  readonly fixes: readonly LevelFix[];
}

/** What the levels of a kernel say of CVEs. */
export interface StandingFixes {
  readonly fixed: ReadonlyMap<string, CveFix>;
  /** CVEs that a level fixed which cannot be had any more, or that the newest level lost; with the level. */
  readonly lost: ReadonlyMap<string, IndexedLevel>;
}

/**
 * Which CVEs are fixed since which level. A level that was withdrawn counts for nothing: what only it fixed is
 * not to be had, and is told as lost.
 */
export function standingFixes(index: KernelIndex): StandingFixes {
  const standing = index.levels.filter(({ withdrawn }) => withdrawn === undefined);
  const newest = standing.at(-1);
  const since = new Map((newest?.cves ?? []).map((cve) => [cve, newest?.level ?? 0]));
  const unbroken = new Set(since.keys());
  for (const { level, cves } of standing.toReversed().slice(1)) {
    const here = new Set(cves);
    for (const cve of unbroken) {
      if (here.has(cve)) since.set(cve, level);
      else unbroken.delete(cve);
    }
  }
  const fixes = new Map<string, LevelFix[]>();
  for (const fix of newest?.fixes ?? []) {
    for (const cve of fix.cves) fixes.set(cve, [...(fixes.get(cve) ?? []), fix]);
  }
  const fixed = [...since].map(([cve, level]): [string, CveFix] => [
    cve,
    { since: level, fixes: fixes.get(cve) ?? [] },
  ]);
  const lost = index.levels.flatMap((level) =>
    level.cves.filter((cve) => !since.has(cve)).map((cve): [string, IndexedLevel] => [cve, level]),
  );
  return { fixed: new Map(fixed), lost: new Map(lost) };
}

/** The highest of some severities; undefined when none is known. */
export function highest(severities: readonly (LevelFix['severity'] | undefined)[]): LevelFix['severity'] {
  return SEVERITIES.findLast((severity) => severities.includes(severity));
}
