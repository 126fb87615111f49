// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * From a kernel release to exactly the packages that it was made of.
 *
 * Three packages are needed. `linux-image-RELEASE` has vmlinuz, the configuration and the modules. On
 * Debian it is the signed one, made from a source package of its own (linux-signed-amd64 6.1.176+1), and
 * names in Built-Using the source of the code: `linux (= 6.1.176-1)`. With that version come
 * `linux-headers-RELEASE`, for Module.symvers, and `linux-source-6.1`, the code itself. The archive has
 * several versions of the last at a time; only the very same one will do.
 *
 * linux-headers-COMMON and linux-kbuild are left out: they carry, as files and as built programs, what the
 * prepared source tree has or builds itself, and linux-kbuild may be newer than the image.
 *
 * Kernels of another feature set (PREEMPT_RT) are made from further patches that linux-source does not
 * carry. Their headers depend on a common package of that name, by which they are refused.
 */

import { KernelError } from '../error.ts';
import type { PackageRecord } from './control.ts';
import { compareVersions, isVersion } from './version.ts';

/** The packages of one kernel release. */
export interface PackagePlan {
  readonly release: string;
  /** Version of the source that the kernel was built from. */
  readonly sourceVersion: string;
  readonly image: PackageRecord;
  readonly headers: PackageRecord;
  readonly source: PackageRecord;
}

/** Names of the packages that an answer is needed for before the source version is known. */
export function binaryNames(release: string): { image: string; headers: string } {
  return { image: `linux-image-${release}`, headers: `linux-headers-${release}` };
}

/** The image to take of those that the archive has: the newest; undefined when there is none. */
export function chooseImage(release: string, records: readonly PackageRecord[]): PackageRecord | undefined {
  const images = records.filter(({ name }) => name === binaryNames(release).image);
  return images.sort((a, b) => compareVersions(b.version, a.version))[0];
}

/**
 * The source that an image was built from: package name and exact version.
 *
 * @throws KernelError PACKAGE_MALFORMED when the image does not say so.
 */
export function sourceOf(image: PackageRecord): { name: string; version: string } {
  // `linux (= 6.1.176-1)` or, for a backport, `linux-6.12 (= 6.12.117-1~deb12u1)`.
  const built = [...image.builtUsing.matchAll(/(?:^|,)\s*linux(?:-[0-9.]+)?\s+\(=\s*([^)\s]+)\s*\)/g)];
  const version =
    built.length === 0 && /^linux(?:-[0-9.]+)?(?: |$)/.test(image.source) ? image.version : built[0]?.[1];
  if (version === undefined || built.length > 1 || !isVersion(version)) {
    throw new KernelError(
      'PACKAGE_MALFORMED',
      `${image.name} ${image.version} does not name one linux source in Built-Using: ${JSON.stringify(image.builtUsing)}`,
    );
  }
  const series = /^(?:[0-9]+:)?([0-9]+\.[0-9]+)[.~+-]/.exec(version)?.[1];
  if (series === undefined) {
    throw new KernelError('PACKAGE_MALFORMED', `the source version ${version} begins with no kernel series`);
  }
  return { name: `linux-source-${series}`, version };
}

/**
 * Puts the packages of a release together.
 *
 * @throws KernelError PACKAGE_MISSING with the name and version of each that is not there, PACKAGE_MALFORMED.
 */
export function planPackages(
  release: string,
  image: PackageRecord,
  records: readonly PackageRecord[],
): PackagePlan {
  const wanted = sourceOf(image);
  const find = (name: string): PackageRecord | undefined =>
    records.find((record) => record.name === name && record.version === wanted.version);
  const headersName = binaryNames(release).headers;
  const headers = find(headersName);
  const source = find(wanted.name);
  if (headers === undefined || source === undefined) {
    const missing = [
      ...(headers === undefined ? [headersName] : []),
      ...(source === undefined ? [wanted.name] : []),
    ].map((name) => `${name} (= ${wanted.version})${others(name, records)}`);
    throw new KernelError('PACKAGE_MISSING', `missing: ${missing.join(', ')}`, {
      place: { kernel: release },
    });
  }
  const featureSet = /linux-headers-[^\s,]*-common-([a-z0-9]+)/.exec(headers.depends)?.[1];
  if (featureSet !== undefined) {
    throw new KernelError(
      'PACKAGE_MISSING',
      `${release} is of the feature set ${featureSet}, whose patches are not in ${source.name}`,
      {
        place: { kernel: release },
        remedy: 'Choose a kernel without a feature set, such as the amd64 flavour.',
      },
    );
  }
  return { release, sourceVersion: wanted.version, image, headers, source };
}

function others(name: string, records: readonly PackageRecord[]): string {
  const versions = records.filter((record) => record.name === name).map((record) => record.version);
  return versions.length === 0 ? '' : ` [there: ${versions.sort(compareVersions).join(', ')}]`;
}
