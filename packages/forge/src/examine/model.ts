// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, ForgeCode } from '@uptide/base';
import type { Comparison } from '../compare/comparison.ts';
import type { UnitTypes } from '../layout/unit-types.ts';

/** What a rule looks at: one translation unit before and after the patch, in one klp object. */
export interface ExamineContext {
  /** Path of the source. */
  readonly source: string;
  readonly comparison: Comparison;
  readonly types: UnitTypes;
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
