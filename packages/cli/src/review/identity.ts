// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of findings, and digests that sign-offs are bound to.
 *
 * The id is what people type and what files keep. It is made of the code, of the place without line and offset, and
 * of the evidence without the lines and offsets in it: so it stays when the patch moves within its file, and is the
 * same on every machine. Findings that are alike in all of that are numbered in their order.
 *
 * What an answer is bound to is narrower: the digest of all that the finding says, lines included, and the digest of
 * kernel and patches. So it does not matter that an id has but 48 bits.
 */
import { type Finding, sha256 } from '@uptide/base';
import type { NamedFinding } from './model.ts';

/** Digits of an id: enough to tell the findings of one update apart, few enough to type. */
const ID_DIGITS = 12;
/** What moves when lines are added above: `file.c:12`, `name+0x1f`. */
const DRIFTING = /(?<=\.[chS]):\d+|(?<=\w)\+0x[0-9a-f]+/g;

/** The findings with their ids. */
export function nameFindings(findings: readonly Finding[]): NamedFinding[] {
  const times = new Map<string, number>();
  return findings.map((finding) => {
    const { object = '', file = '', section = '', symbol = '' } = finding.place;
    const said = [finding.code, object, file, section, symbol, finding.reason.replaceAll(DRIFTING, '')];
    const key = JSON.stringify(said);
    const count = (times.get(key) ?? 0) + 1;
    times.set(key, count);
    return { ...finding, id: sha256('uptide finding 1', ...said, String(count)).slice(0, ID_DIGITS) };
  });
}

/** SHA-256 over all that a finding says of the patch; its remedy is the same whatever was found. */
export function findingDigest({ code, verdict, place, reason }: Finding): string {
  const { kernel, object, file, line, section, symbol, offset } = place;
  const where = [kernel, object, file, line, section, symbol, offset].map((part) => part ?? null);
  return sha256('uptide finding', code, verdict, JSON.stringify(where), reason);
}

/** The exact kernel that findings are of. */
export interface ReviewedKernel {
  readonly release: string;
  readonly buildId: string;
}

/** For each patch SHA-256 over the kernel and the patches up to it. */
export function patchesDigests(
  { release, buildId }: ReviewedKernel,
  patches: readonly Uint8Array[],
): readonly string[] {
  let upTo = sha256('uptide reviewed patches 1', release, buildId);
  return patches.map((bytes) => {
    upTo = sha256(upTo, bytes);
    return upTo;
  });
}
