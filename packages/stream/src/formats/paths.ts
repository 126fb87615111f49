// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Where the files of a stream lie, as target paths of TUF. Those below `kernelFolder` are signed by the keys of
 * the distribution series; those below `rollout/` by the role `rollout`, which may delay and stop levels but
 * never bring one in.
 */

/** One exact kernel within a distribution series. */
export interface StreamKernel {
  /** e.g. `debian-12`. */
  readonly distribution: string;
  readonly release: string;
  readonly buildId: string;
}

/** The folder of one kernel, without a slash at its end. */
export function kernelFolder({ distribution, release, buildId }: StreamKernel): string {
  return `${distribution}/${release}/${buildId}`;
}

/** What is published for a kernel; see `index-file.ts`. */
export function indexPath(kernel: StreamKernel): string {
  return `${kernelFolder(kernel)}/index.json`;
}

/** What is known of each CVE for a kernel; see `cves-file.ts`. */
export function cvesPath(kernel: StreamKernel): string {
  return `${kernelFolder(kernel)}/cves.json`;
}

/** A record of the kernel's feed in OSV form; its id names it. */
export function osvPath(kernel: StreamKernel, id: string): string {
  return `${kernelFolder(kernel)}/${id}.json`;
}

/** What is known of the kernel's CVEs as CSAF VEX. */
export function vexPath(kernel: StreamKernel): string {
  return `${kernelFolder(kernel)}/vex.json`;
}

/** The update of a level. */
export function levelPath(kernel: StreamKernel, level: number): string {
  return `${kernelFolder(kernel)}/level-${level}.uptide`;
}

/** Whether this is a level or lies beside one: such a file stays as it is for ever. */
export function isLevelFile(path: string): boolean {
  return /\/level-\d+\.(?:uptide|source\.tar|proof\.json|review\.html)$/.test(path);
}

/** Who may have which level when, and what is stopped; see `rollout-file.ts`. */
export function rolloutPath({ distribution, release, buildId }: StreamKernel): string {
  return `rollout/${distribution}/${release}/${buildId}.json`;
}
