// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is reviewed: the lists of patches that become an update. Patch files are one list; a series is a list for each
// level, of which each begins with the one before it. The digest of the first n patches is the same in all of them.
import type { CompiledFrom, PatchFile } from '@uptide/forge';
import { judge } from './judge.ts';
import type { Judgement, NamedFinding, ReviewedPatch } from './model.ts';

/** Patches that become one update. */
export interface PatchList {
  /** The level of a series and the id of its entry; undefined for patch files. */
  readonly level: { readonly level: number; readonly id: string } | undefined;
  /** In the order in which they are applied, with the paths at which they lie. */
  readonly patches: readonly PatchFile[];
}

/** A list with what its examination found. */
export interface ExaminedList extends PatchList {
  readonly findings: readonly NamedFinding[];
  readonly compiledFrom: CompiledFrom | undefined;
}

/** A list with what people said of its findings. */
export interface JudgedList extends PatchList {
  /** Where its answers go. */
  readonly file: string;
  /** SHA-256 over kernel and patches. */
  readonly digest: string;
  readonly judgement: Judgement;
}

/**
 * Judges a list by the answers beside the patches.
 *
 * @param patches those of the longest list
 */
export function judgeList(kernel: string, list: ExaminedList, patches: readonly ReviewedPatch[]): JudgedList {
  const own = patches.slice(0, list.patches.length);
  const { findings, compiledFrom } = list;
  const judgement = judge({ kernel, patches: own, findings, compiledFrom });
  const last = own.at(-1);
  return { ...list, file: last?.file ?? '', digest: last?.digest ?? '', judgement };
}
