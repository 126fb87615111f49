// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which bin lists a target.
 *
 * A series with ten thousands of targets cannot be one file: each host would read all of it, and TUF libraries take
 * quadratic time over it. So the series delegates to bins of at most a thousand targets. Hash bins (TAP 15) would
 * spread the kernels evenly and so change every bin with every level; here a bin holds whole kernels, by a pattern
 * for each (`debian-12/RELEASE/BUILDID/*`), so that a level changes the bin of its kernel, and a host reads one.
 *
 *   debian-12 -> b0001: 6.1.0-40-amd64/.../*, 6.1.0-41-amd64/.../*      (full)
 *                b0002: 6.1.0-41-amd64/.../*, 6.1.0-50-amd64/.../*
 *
 * A target stays in the bin where it is: index.json changes there. A kernel whose bin is full goes on in the next,
 * under the same pattern; a search looks into both, in order. A new kernel begins in the last bin while that is
 * less than half full, so that kernels have room to grow where they are.
 *
 * Limits: a kernel in more than some thirty bins would be beyond the search of tuf-js (32 roles); at five targets a
 * level those are 6,000 levels, and an index holds 1,000.
 */
import { isDeepStrictEqual } from 'node:util';
import { StreamError } from '../error.ts';
import { indexPath, type StreamKernel } from '../formats/paths.ts';
import type { DelegatedRole, Delegations, Envelope, TargetMeta, TargetsSigned, View } from './model.ts';
import { binName, NO_TARGETS, nextTargets, nextVersion, requirementsOf, theTargets } from './roles.ts';

/** Bins of a series at most; the loops of TUF libraries are quadratic in these, too. */
const MAX_BINS = 1000;

interface Bin {
  readonly name: string;
  readonly paths: string[];
  readonly targets: Map<string, TargetMeta>;
  /** Whether its targets are others than before. */
  changed: boolean;
}

/** The pattern of a kernel in the delegations of its series. */
export function kernelPattern(kernel: StreamKernel): string {
  return patternOf(indexPath(kernel));
}

/**
 * The pattern of the kernel that a target belongs to: its folder. A release may have a `+`, by which some clients mean
 * a repetition; `?` is any one character to all of them (specification, section 4.5).
 */
function patternOf(path: string): string {
  return `${path.slice(0, path.lastIndexOf('/')).replaceAll('+', '?')}/*`;
}

/** The bins that must have been read before targets with these paths are placed: theirs, and the last one. */
export function binsFor(view: View, series: string, paths: readonly string[]): string[] {
  const roles = theTargets(view, series).signed.delegations?.roles ?? [];
  const patterns = new Set(paths.map(patternOf));
  return roles
    .filter((role, at) => at === roles.length - 1 || role.paths.some((pattern) => patterns.has(pattern)))
    .map(({ name }) => name);
}

/** Where a target of a series is listed, if it is. */
export function findTarget(view: View, series: string, path: string): TargetMeta | undefined {
  for (const name of binsFor(view, series, [path])) {
    const target = nextTargets(view, name)?.signed.targets[path];
    if (target !== undefined) return target;
  }
  return undefined;
}

/**
 * The next versions of the roles of a series that list these targets besides all that they list now. Roles that
 * stay as they are are not among them.
 *
 * @throws StreamError STREAM_FULL when the series would have too many bins.
 */
export function placeTargets(
  view: View,
  series: string,
  added: ReadonlyMap<string, TargetMeta>,
  { binSize, expires }: { readonly binSize: number; readonly expires: string },
): ReadonlyMap<string, Envelope<TargetsSigned>> {
  const roles = theTargets(view, series).signed.delegations?.roles ?? [];
  const bins = roles.map((role) => openBin(view, role));
  for (const [path, target] of [...added].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bin = homeOf(path, bins, series, binSize);
    const pattern = patternOf(path);
    if (!bin.paths.includes(pattern)) bin.paths.push(pattern);
    if (!sameTarget(bin.targets.get(path), target)) {
      bin.targets.set(path, target);
      bin.changed = true;
    }
  }
  const next = new Map<string, Envelope<TargetsSigned>>();
  for (const { name, targets, changed } of bins) {
    if (changed) next.set(name, nextVersion(view, name, { targets: Object.fromEntries(targets) }, expires));
  }
  const delegations = delegationsOf(view, series, bins);
  if (!isDeepStrictEqual(delegations, theTargets(view, series).signed.delegations)) {
    next.set(series, nextVersion(view, series, { ...NO_TARGETS, delegations }, expires));
  }
  return next;
}

/** The delegations of a series: to all of its bins with the keys and the threshold that it has itself. */
export function delegationsOf(
  view: View,
  series: string,
  bins: readonly Pick<DelegatedRole, 'name' | 'paths'>[],
): Delegations {
  const requirement = requirementsOf(view, series)[0];
  const { keyids = [], threshold = 1 } = requirement?.role ?? {};
  return {
    keys: Object.fromEntries(Object.entries(requirement?.keys ?? {}).filter(([id]) => keyids.includes(id))),
    roles: bins.map(({ name, paths }) => ({ name, keyids, threshold, terminating: false, paths })),
  };
}

function openBin(view: View, { name, paths }: DelegatedRole): Bin {
  const targets = new Map(Object.entries(nextTargets(view, name)?.signed.targets ?? {}));
  return { name, paths: [...paths], targets, changed: false };
}

/** The bin that a target goes to; a new one is added to `bins` when there must be one. */
function homeOf(path: string, bins: Bin[], series: string, binSize: number): Bin {
  const pattern = patternOf(path);
  const ofKernel = bins.filter(({ paths }) => paths.includes(pattern));
  const listed = ofKernel.find(({ targets }) => targets.has(path));
  if (listed !== undefined) return listed;
  const own = ofKernel.at(-1);
  if (own !== undefined && own.targets.size < binSize) return own;
  const last = bins.at(-1);
  if (last !== undefined && last.targets.size < binSize / 2) return last;
  if (bins.length >= MAX_BINS) {
    throw new StreamError('STREAM_FULL', `${series} has ${MAX_BINS} bins already`, {
      place: { symbol: series },
    });
  }
  const added = { name: binName(series, bins.length + 1), paths: [], targets: new Map(), changed: true };
  bins.push(added);
  return added;
}

function sameTarget(before: TargetMeta | undefined, after: TargetMeta): boolean {
  return before?.hashes.sha256 === after.hashes.sha256 && before.length === after.length;
}
