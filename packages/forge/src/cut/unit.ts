// SPDX-License-Identifier: GPL-2.0-or-later
import type { AuthorMarks } from '../author/marks.ts';
import type { Comparison } from '../compare/comparison.ts';
import type { DefaultChange } from '../compare/defaults.ts';
import type { UnitMatch } from '../match/match.ts';

/** A translation unit on its way into the module: what changed in it, and what it is in one klp object. */
export interface CutUnit {
  /** Path of the source, for messages. */
  readonly source: string;
  /** The klp object that it is a part of. */
  readonly object: string;
  readonly comparison: Comparison;
  readonly match: UnitMatch;
  /** What the author of the patch said in this unit. */
  readonly marks: AuthorMarks;
  /** Variables that the update gives other values. */
  readonly defaults?: readonly DefaultChange[];
}
