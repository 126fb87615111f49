// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { TranslationUnit } from '@uptide/kernel';

/** A translation unit that a patch may change, and why we think so. */
export interface AffectedUnit {
  readonly unit: TranslationUnit;
  /** The klp objects that it becomes a part of: `vmlinux` or module names. */
  readonly owners: readonly string[];
  /** The changed files that the unit is compiled from, as paths of the tree, sorted. */
  readonly changedSources: readonly string[];
  /**
   * `source`: its own source changed. `includes`: it includes a changed .c file, which the compilation has yet to
   * confirm. `header`: it may use what changed in a header, and its two objects tell.
   */
  readonly reason: 'source' | 'includes' | 'header';
}

/** Whom a changed header concerns. */
export interface HeaderReach {
  readonly path: string;
  /** Sources that can include it. */
  readonly including: number;
  /** Sources that can come out different, which are compiled. */
  readonly considered: number;
  /** Why all who include it are considered; undefined when the names that changed decide. */
  readonly everything: string | undefined;
}

/** What a list of patches does to the source of one kernel. */
export interface AffectedResult {
  /** Sorted by source path. Empty when a finding refuses the patch. */
  readonly units: readonly AffectedUnit[];
  /** The whole content after all patches of each source file that changed, by path of the tree. */
  readonly postFiles: ReadonlyMap<string, Uint8Array>;
  readonly findings: readonly Finding[];
  /** The changed headers, sorted by path. */
  readonly headers: readonly HeaderReach[];
  /** Paths that the patch touches and that hold no code, sorted. */
  readonly ignored: readonly string[];
  /** Remarks that judge nothing, such as hunks that were found some lines off. */
  readonly notes: readonly string[];
}
