// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';
import { aptArchive } from './apt.ts';
import type { Archive } from './archive.ts';
import { binaryNames, chooseImage, type PackagePlan, planPackages, sourceOf } from './plan.ts';
import { isOf, nearReleases } from './release.ts';
import { compareVersions } from './version.ts';

/**
 * Asks an archive for the packages of a release.
 *
 * @throws KernelError KERNEL_UNKNOWN naming near releases, PACKAGE_MISSING, PACKAGE_MALFORMED.
 */
export async function findPackages(release: string, archive: Archive): Promise<PackagePlan> {
  const { image: imageName, headers } = binaryNames(release);
  const image = chooseImage(release, await archive.records([imageName]));
  if (image === undefined) {
    const near = nearReleases(release, await archive.releases());
    const there = near.length === 0 ? 'there are no kernels at all' : `there are ${near.join(', ')}`;
    throw new KernelError('KERNEL_UNKNOWN', `there is no package ${imageName}; ${there}`, {
      place: { kernel: release },
    });
  }
  return planPackages(release, image, await archive.records([headers, sourceOf(image).name]));
}

/**
 * The newest kernel release of a series (`6.1`) and flavour (`amd64`) by Debian version order, of those whose
 * source is there too.
 *
 * @throws KernelError KERNEL_UNKNOWN when there is none.
 */
export async function newestRelease(
  series: string,
  flavour: string,
  archive: Archive = aptArchive(),
): Promise<string> {
  const releases = (await archive.releases()).filter((release) => isOf(release, series, flavour));
  const images = await archive.records(releases.map((release) => binaryNames(release).image));
  images.sort((a, b) => compareVersions(b.version, a.version));
  for (const image of images) {
    const release = releases.find((candidate) => binaryNames(candidate).image === image.name);
    if (release === undefined) continue;
    const { name, version } = sourceOf(image);
    const sources = await archive.records([name]);
    if (sources.some((source) => source.name === name && source.version === version)) return release;
  }
  throw new KernelError(
    'KERNEL_UNKNOWN',
    `there is no kernel of series ${series} and flavour ${flavour} with its source`,
  );
}
