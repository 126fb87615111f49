// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, ForgeCode } from '@uptide/base';
import type { RestingFunction } from '@uptide/kernel';
import type { Comparison } from '../compare/comparison.ts';
import type { UnitTypes } from '../layout/unit-types.ts';
import type { ChangedSource, SourceText } from './source.ts';

/** What is known of a unit besides its objects. */
export interface UnitFacts {
  readonly types: UnitTypes;
  /** The changed files that the unit is compiled from, sorted by path. */
  readonly sources: readonly ChangedSource[];
  /** The source of the unit, whether the patch changes it or not; bytes as Latin-1. */
  readonly text: string;
  /**
   * For changed functions the functions that the code belongs to where it first differs, the innermost first, as the
   * debug information has them; those that are not known are left out.
   */
  readonly origins: ReadonlyMap<string, readonly string[]>;
}

/** What a rule looks at: one translation unit before and after the patch, in one klp object. */
export interface ExamineContext {
  /** Path of the source. */
  readonly source: string;
  /** `vmlinux` or the module that the unit is a part of. */
  readonly object: string;
  readonly comparison: Comparison;
  readonly types: UnitTypes;
  /** The changed files that the unit is compiled from, read. */
  readonly changes: readonly {
    readonly path: string;
    readonly pre: SourceText;
    readonly post: SourceText;
  }[];
  /** The source of the unit before the patch, read. */
  readonly text: SourceText;
  /** As in `UnitFacts`. */
  readonly origins: UnitFacts['origins'];
  /** The functions of all objects in which tasks of the booted kernel rest. */
  readonly resting: readonly RestingFunction[];
}

/** A question that is asked of every patch. One that only sometimes knows the answer says `review`. */
export interface ExamineRule {
  /** The code of all its findings. */
  readonly code: ForgeCode;
  /** What it looks for, as docs/examination.md says it. */
  readonly looksFor: string;
  /** What it does not see, so that silence is not taken for a proof. */
  readonly cannotSee: string;
  readonly examine: (context: ExamineContext) => readonly Finding[];
}
