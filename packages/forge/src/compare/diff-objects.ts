// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';
import { placementOf } from '../cut/placement.ts';
import { ForgeError, finding } from '../error.ts';
import { compareObjects, isStartOrEndCode } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { identityOf } from './identity.ts';
import { reachableFrom } from './reach.ts';

/** The answer of `uptide diff-objects`; its JSON is read by programs and only ever added to. */
export interface ObjectDiff {
  readonly schema: 1;
  /** Names of functions that differ, as the original has them. */
  readonly changed: readonly string[];
  readonly new: readonly string[];
  readonly removed: readonly string[];
  /** Whether something stands in the way of making the change live. */
  readonly refused: boolean;
  /** Whether the two objects do the same. */
  readonly nochange: boolean;
  /** Where each changed function first differs. */
  readonly differences: readonly {
    readonly function: string;
    readonly offset: number | undefined;
    readonly original: string;
    readonly patched: string;
  }[];
  readonly findings: readonly Finding[];
}

/**
 * Compares two objects that were compiled with function and data sections. Everything about their content
 * is in the answer, also what cannot be taken apart; only bytes that are no ELF object at all are an error.
 *
 * @throws ElfError when one of the two is no readable object.
 */
export function diffObjects(original: Uint8Array, patched: Uint8Array): ObjectDiff {
  const pre = readObject(original);
  const post = readObject(patched);
  try {
    return summarise(pre, post);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    const refusal: Finding = {
      code: error.code,
      verdict: 'refuse',
      place: error.place,
      reason: error.message,
      remedy: error.remedy,
    };
    return {
      schema: 1,
      changed: [],
      new: [],
      removed: [],
      refused: true,
      nochange: false,
      differences: [],
      findings: [refusal],
    };
  }
}

function summarise(pre: ElfObject, post: ElfObject): ObjectDiff {
  const comparison = compareObjects(pre, post);
  const { changed, added, removed, addedData } = comparison;
  const findings = [...comparison.findings, ...unplaceable(comparison)];
  // A function that is only gone was not called in this object: had it been, its callers would differ.
  const nochange = changed.length + added.length + addedData.length + findings.length === 0;
  return {
    schema: 1,
    changed: changed.map(({ name }) => name).sort(),
    new: added.map(({ name }) => name).sort(),
    removed: removed.map(({ name }) => name).sort(),
    refused: findings.some(({ verdict }) => verdict === 'refuse'),
    nochange,
    differences: changed.map(({ name, difference }) => ({
      function: name,
      offset: difference.preOffset,
      original: difference.pre,
      patched: difference.post,
    })),
    findings: nochange ? [finding('COMPARE_NO_CHANGE', 'ok', {}, 'the two objects do the same')] : findings,
  };
}

/** Finds what replaced and new functions need of the patched object and what no module can have. */
function unplaceable({ changed, added, pairing }: Comparison): Finding[] {
  const functions = changed.flatMap(({ post, postCold }) =>
    postCold === undefined ? [post] : [post, postCold],
  );
  const needed = reachableFrom(
    [...functions, ...added],
    (piece) =>
      piece.kind !== 'function' && (identityOf(piece) === 'content' || pairing.pre(piece) === undefined),
  );
  const findings: Finding[] = [];
  for (const piece of needed) {
    const placement = isStartOrEndCode(piece) ? undefined : placementOf(piece);
    if (placement?.kind !== 'refused') continue;
    const place = { symbol: piece.name, section: piece.section.name };
    findings.push(finding(placement.code, 'refuse', place, placement.reason));
  }
  return findings;
}
