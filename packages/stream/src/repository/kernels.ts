// SPDX-License-Identifier: GPL-2.0-or-later
/** The kernels of a stream, as its role rollout lists them. */
import { StreamError } from '../error.ts';
import type { StreamKernel } from '../formats/paths.ts';
import type { Envelope, TargetsSigned, View } from './model.ts';
import { ROLLOUT } from './roles.ts';

/** A rollout of a thousand levels with blocks. */
export const MAX_ROLLOUT_BYTES = 8 * 1024 * 1024;

const ROLLOUT_PATH = /^rollout\/([^/]+)\/([^/]+)\/([^/]+)\.json$/;

/** The kernels that have a rollout in a role. */
export function kernelsOf({ signed }: Envelope<TargetsSigned>): StreamKernel[] {
  return Object.keys(signed.targets).flatMap((path) => {
    const [, distribution, release, buildId] = ROLLOUT_PATH.exec(path) ?? [];
    if (distribution === undefined || release === undefined || buildId === undefined) return [];
    return [{ distribution, release, buildId }];
  });
}

/**
 * The published kernels that a name means: `all`, a release, a release with a build id behind a slash, or these
 * behind a series.
 *
 * @throws StreamError STREAM_NO_KERNEL.
 */
export function kernelsNamed({ published }: View, name: string): StreamKernel[] {
  const role = published.targets.get(ROLLOUT);
  const kernels = role === undefined ? [] : kernelsOf(role);
  const meant = kernels.filter(({ distribution, release, buildId }) =>
    [
      'all',
      release,
      `${release}/${buildId}`,
      `${distribution}/${release}`,
      `${distribution}/${release}/${buildId}`,
    ].includes(name),
  );
  if (meant.length > 0) return meant;
  throw new StreamError('STREAM_NO_KERNEL', `the stream has published nothing for ${JSON.stringify(name)}`);
}
