// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';

/**
 * What `uname -r` can print: it becomes a folder name, a package name and an argument of make, so it
 * begins with a digit and has neither slash nor space. UTS_RELEASE has 64 bytes at most (top Makefile).
 */
const RELEASE = /^[0-9][A-Za-z0-9.+~_-]{0,63}$/;

/** `6.1.0-50` or `6.12.117+deb12`: what Debian puts before the flavour. */
const ABI = /^([0-9]+\.[0-9]+)\.[0-9]+(?:\+deb[0-9]+)?(?:-[0-9]+)?(?:\.[0-9]+)?$/;

const IMAGE_PREFIX = 'linux-image-';

/** @throws KernelError RELEASE_INVALID when the text cannot be a kernel release. */
export function checkRelease(text: string): string {
  if (RELEASE.test(text) && !text.includes('..')) return text;
  throw new KernelError('RELEASE_INVALID', `${JSON.stringify(text)} is not a kernel release`);
}

/** The release that an image package is of; undefined for meta, debug and unsigned packages. */
export function releaseOfImagePackage(name: string): string | undefined {
  if (!name.startsWith(IMAGE_PREFIX) || /-(?:dbg|dbgsym|unsigned)$/.test(name)) return undefined;
  const release = name.slice(IMAGE_PREFIX.length);
  return RELEASE.test(release) && /^[0-9]+\.[0-9]+\.[0-9]/.test(release) ? release : undefined;
}

/** Whether the release is of that series and exactly that flavour: 6.1 and amd64, but not cloud-amd64. */
export function isOf(release: string, series: string, flavour: string): boolean {
  if (!release.endsWith(`-${flavour}`)) return false;
  return ABI.exec(release.slice(0, -flavour.length - 1))?.[1] === series;
}

/** At most this many releases are named beside an unknown one. */
const NEAR = 8;

/** The known releases that a person most likely meant: the longest common beginning, then the same end. */
export function nearReleases(wanted: string, known: readonly string[]): string[] {
  const flavour = wanted.split('-').at(-1) ?? '';
  const score = (release: string): number => {
    let i = 0;
    while (i < release.length && release[i] === wanted[i]) i++;
    return i * 2 + (release.endsWith(`-${flavour}`) ? 1 : 0);
  };
  return [...known]
    .sort((a, b) => score(b) - score(a) || b.localeCompare(a, 'en', { numeric: true }))
    .slice(0, NEAR)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
