// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';
import { ForgeError, finding } from '../error.ts';
import { compareObjects } from './compare.ts';

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
  const { changed, added, removed, addedData, findings } = compareObjects(pre, post);
  const nochange = changed.length + added.length + removed.length + addedData.length + findings.length === 0;
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
