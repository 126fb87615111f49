// SPDX-License-Identifier: GPL-2.0-or-later
import type { Description } from '../update/schema.ts';
import type { KernelPackage } from './model.ts';

/** How a distribution's packages are named by others. */
interface Naming {
  /** The type of a package URL, and the vendor below it. */
  readonly type: 'deb' | 'rpm';
  readonly vendor: string;
  /** What OSV calls the distribution. */
  readonly ecosystem: string;
  /** The source package of the kernel, by which OSV files faults of it. */
  readonly source: string;
  readonly architecture: string;
}

/** By the first part of a distribution series. */
const NAMINGS: Readonly<Record<string, Naming>> = {
  almalinux: {
    type: 'rpm',
    vendor: 'almalinux',
    ecosystem: 'AlmaLinux',
    source: 'kernel',
    architecture: 'x86_64',
  },
  debian: { type: 'deb', vendor: 'debian', ecosystem: 'Debian', source: 'linux', architecture: 'amd64' },
  rocky: {
    type: 'rpm',
    vendor: 'rocky-linux',
    ecosystem: 'Rocky Linux',
    source: 'kernel',
    architecture: 'x86_64',
  },
  ubuntu: { type: 'deb', vendor: 'ubuntu', ecosystem: 'Ubuntu', source: 'linux', architecture: 'amd64' },
};

/** How packages with an image are named before the release. */
const IMAGES = ['linux-image', 'linux-image-unsigned', 'kernel-core', 'kernel'];

/** The package with the kernel's image, among those that an update was made from; undefined when none is known. */
export function imagePackage({ kernel, source }: Description): KernelPackage | undefined {
  const found = source.packages?.find(({ name }) =>
    IMAGES.some((image) => name === `${image}-${kernel.release}`),
  );
  return found === undefined ? undefined : { name: found.name, version: found.version };
}

/**
 * The package URL of a kernel package, e.g. `pkg:deb/debian/linux-image-6.1.0-50-amd64@6.1.176-1?arch=amd64`;
 * of a distribution that is not known here, a generic one. A qualifier that is left out fits all, so the
 * distribution is not among them: scanners write it in several ways.
 */
export function kernelPurl(distribution: string, { name, version }: KernelPackage): string {
  const naming = namingOf(distribution);
  const encoded = encodeURIComponent(version).replaceAll('%7E', '~');
  if (naming === undefined) return `pkg:generic/${name}@${encoded}`;
  return `pkg:${naming.type}/${naming.vendor}/${name}@${encoded}?arch=${naming.architecture}`;
}

/** The package as OSV names it; undefined for a distribution that OSV has no word for. */
export function osvPackage(
  distribution: string,
): { readonly ecosystem: string; readonly name: string; readonly purl: string } | undefined {
  const naming = namingOf(distribution);
  if (naming === undefined) return undefined;
  const { type, vendor, ecosystem, source } = naming;
  return {
    ecosystem: `${ecosystem}:${distribution.slice(distribution.indexOf('-') + 1)}`,
    name: source,
    purl: `pkg:${type}/${vendor}/${source}`,
  };
}

function namingOf(distribution: string): Naming | undefined {
  const family = distribution.slice(0, distribution.indexOf('-'));
  return Object.hasOwn(NAMINGS, family) ? NAMINGS[family] : undefined;
}
