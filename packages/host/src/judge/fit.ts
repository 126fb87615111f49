// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type Finding, type HostCode, type Place, type Verdict } from '@uptide/base';
import type { Description } from '@uptide/stream';
import { isSigned } from '../signing/trailer.ts';

/** What a machine says of the kernel that it runs. */
export interface KernelFacts {
  readonly release: string | undefined;
  /** In hex. */
  readonly buildId: string | undefined;
  readonly hasLivepatch: boolean;
  readonly modulesDisabled: boolean;
  /** Why the kernel takes signed modules only; undefined when it takes others too. */
  readonly signatureRequired: string | undefined;
}

/** Makes a finding with the remedy of the catalogue. */
export function finding(code: HostCode, verdict: Verdict, reason: string, place: Place = {}): Finding {
  return { code, verdict, place, reason, remedy: CATALOGUE[code].remedy };
}

/** Whether the kernel that runs is the one that the update was made for, and would take a module. */
export function judgeFit(
  { kernel }: Description,
  module: Uint8Array,
  { release, buildId, hasLivepatch, modulesDisabled, signatureRequired }: KernelFacts,
): Finding[] {
  const findings: Finding[] = [];
  if (release !== kernel.release) {
    const reason = `the update is for ${kernel.release}, and ${release ?? 'an unknown kernel'} runs`;
    findings.push(finding('HOST_OTHER_RELEASE', 'refuse', reason));
  } else if (buildId !== kernel.buildId) {
    const reason = `the update is for build id ${kernel.buildId}, and the kernel has ${buildId ?? 'none'}`;
    findings.push(finding('HOST_OTHER_BUILD_ID', 'refuse', reason, { kernel: kernel.release }));
  }
  if (!hasLivepatch) {
    findings.push(finding('HOST_NO_LIVEPATCH', 'refuse', 'there is no /sys/kernel/livepatch'));
  }
  if (modulesDisabled) {
    findings.push(finding('HOST_MODULES_DISABLED', 'refuse', 'kernel.modules_disabled is 1'));
  }
  if (signatureRequired !== undefined && !isSigned(module)) {
    findings.push(finding('HOST_SIGNATURE_REQUIRED', 'refuse', signatureRequired));
  }
  return findings;
}

/** Whether people judged what the maker's examination found; to be known, and no reason to refuse. */
export function judgeReview({ findings, unreviewed }: Description): Finding[] {
  const open = findings.filter(({ verdict, signedOff }) => verdict === 'review' && signedOff === undefined);
  if (open.length === 0 && unreviewed === undefined) return [];
  const codes = [...new Set(open.map(({ code }) => code))].sort();
  const count = `${open.length} of ${findings.length} findings are not signed off`;
  const named = codes.length === 0 ? count : `${count}: ${codes.join(', ')}`;
  const words = unreviewed === undefined ? 'the update does not say why' : `"${unreviewed.reason}"`;
  return [finding('HOST_UNREVIEWED', 'review', `${named}; ${words}`)];
}

/**
 * Why only signed modules are loaded, from `/sys/kernel/security/lockdown` (`none [integrity] confidentiality`)
 * and `/sys/module/module/parameters/sig_enforce`; undefined when others are too. Files that are not there: the
 * kernel has no such switch.
 */
export function whySigned(lockdown: string | undefined, enforce: string | undefined): string | undefined {
  const level = /\[(\w+)\]/.exec(lockdown ?? '')?.[1];
  if (level !== undefined && level !== 'none') return `the kernel is locked down (${level})`;
  return enforce?.trim() === 'Y' ? 'the kernel enforces module signatures (sig_enforce)' : undefined;
}
