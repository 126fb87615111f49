// SPDX-License-Identifier: GPL-2.0-or-later
/** What is staged when targets change: the bins of their series, or the rollouts. */
import { StreamError } from '../error.ts';
import { placeTargets } from './bins.ts';
import type { TargetMeta, View } from './model.ts';
import { expiryOf, nextVersion, ROLLOUT, theTargets, withStaged } from './roles.ts';
import type { Settings } from './settings.ts';

/** Targets of the role rollout at most, one for each kernel; as a bin. */
const MAX_ROLLOUTS = 1000;

/** The view with these targets staged in the bins of a series; the bins of `binsFor` must have been read. */
export function stageInSeries(
  view: View,
  series: string,
  added: ReadonlyMap<string, TargetMeta>,
  settings: Settings,
  now: number,
): View {
  const { binSize } = settings;
  const expires = expiryOf(settings, series, now);
  return withStaged(view, placeTargets(view, series, added, { binSize, expires }));
}

/**
 * The view with these rollouts staged.
 *
 * @throws StreamError STREAM_FULL.
 */
export function stageRollouts(
  view: View,
  changed: ReadonlyMap<string, TargetMeta>,
  settings: Settings,
  now: number,
): View {
  const { signed } = theTargets(view, ROLLOUT);
  const targets = { ...signed.targets, ...Object.fromEntries(changed) };
  if (Object.keys(targets).length > MAX_ROLLOUTS) {
    throw new StreamError('STREAM_FULL', `the rollouts of ${MAX_ROLLOUTS} kernels are the most`);
  }
  const next = nextVersion(view, ROLLOUT, { targets }, expiryOf(settings, ROLLOUT, now));
  return withStaged(view, new Map([[ROLLOUT, next]]));
}
