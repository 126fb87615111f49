// SPDX-License-Identifier: GPL-2.0-or-later
import type { TargetFilter } from '../formats/mirror-file.ts';
import { matchesPattern } from '../trust/pattern.ts';

/** A whole stream. */
export const EVERYTHING: TargetFilter = { distributions: [], releases: [] };

/** `DISTRIBUTION/RELEASE/...`, also below `rollout/`; see `formats/paths.ts`. */
const OF_KERNEL = /^(?:rollout\/)?([^/]+)\/([^/]+)\//;

/** Whether a target is carried. What belongs to no kernel always is: nobody can say who does not need it. */
export function carries({ distributions, releases }: TargetFilter, path: string): boolean {
  const [, distribution, release] = OF_KERNEL.exec(path) ?? [];
  if (distribution === undefined || release === undefined) return true;
  return fits(distributions, distribution) && fits(releases, release);
}

function fits(globs: readonly string[], name: string): boolean {
  return globs.length === 0 || globs.some((glob) => matchesPattern(glob, name));
}
