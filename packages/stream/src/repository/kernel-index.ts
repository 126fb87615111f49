// SPDX-License-Identifier: GPL-2.0-or-later
/** The index of a kernel with one level more. */
import { fileDigest } from '@uptide/base';
import { imagePackage } from '../feeds/package-url.ts';
import type { IndexedLevel, KernelIndex } from '../formats/index-file.ts';
import { type LevelFix, SEVERITIES } from '../update/schema.ts';
import { missingStates } from '../update/states.ts';
import type { Candidate } from './gates/model.ts';
import { readProof } from './gates/proof.ts';
import { unjudged } from './gates/review.ts';
import { tellsOfTransition } from './gates/transition.ts';

/**
 * The index with the level of a candidate that passed all gates.
 *
 * @param date when it is published, as `moment`.
 */
export function withLevel(candidate: Candidate, date: string): KernelIndex {
  const { index, kernel, update } = candidate;
  const { distribution, release, buildId } = kernel;
  const before = index ?? {
    schema: 1,
    distribution,
    kernel: { release, buildId, architecture: 'x86_64' },
    levels: [],
  };
  const image = before.package ?? imagePackage(update.description);
  return {
    ...before,
    ...(image === undefined ? {} : { package: { ...image } }),
    levels: [...before.levels, indexed(candidate, date)],
  };
}

function indexed(candidate: Candidate, date: string): IndexedLevel {
  const { update, sha256, size, index, before } = candidate;
  const { level, id, module, title, cves, fixes = [], states = [] } = update.description;
  const { proof = new Uint8Array() } = update;
  const last = index?.levels.at(-1);
  const severity = highest(newFixes(fixes, last));
  const accepted = acceptedOf(candidate);
  return {
    level,
    id,
    size,
    sha256,
    module: { name: module, sha256: fileDigest(update.module) },
    title,
    date,
    ...(severity === undefined ? {} : { severity }),
    cves,
    fixes,
    // From the first level there is nothing to go back to but the plain kernel.
    back: before === undefined || missingStates(states, before.description.states ?? []).length === 0,
    proof: {
      verdict: readProof(proof)?.verdict === 'proven' ? 'proven' : 'partly',
      sha256: fileDigest(proof),
    },
    ...(accepted.length === 0 ? {} : { accepted }),
  };
}

/** Fixes that the level before did not have. */
function newFixes(fixes: readonly LevelFix[], before: IndexedLevel | undefined): LevelFix[] {
  const known = new Set(before?.fixes.map(({ id }) => id));
  return fixes.filter(({ id }) => !known.has(id));
}

function highest(fixes: readonly LevelFix[]): IndexedLevel['severity'] {
  const ranks = fixes.map(({ severity }) => (severity === undefined ? -1 : SEVERITIES.indexOf(severity)));
  return SEVERITIES[Math.max(-1, ...ranks)];
}

/** What the publisher's words were needed for; words for nothing are not published. */
function acceptedOf(candidate: Candidate): NonNullable<IndexedLevel['accepted']> {
  const { partly, unreviewed } = candidate.accepted;
  const proof = readProof(candidate.update.proof ?? new Uint8Array());
  const isWhole = proof?.verdict === 'proven' && (candidate.before === undefined || tellsOfTransition(proof));
  return [
    ...(partly === undefined || isWhole ? [] : [{ what: 'partly', reason: partly } as const]),
    ...(unreviewed === undefined || unjudged(candidate.update).length === 0
      ? []
      : [{ what: 'unreviewed', reason: unreviewed } as const]),
  ];
}
