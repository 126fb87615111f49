// SPDX-License-Identifier: GPL-2.0-or-later
import type { Code } from './catalogue/index.ts';
import type { Place } from './place.ts';

/** `ok`: proven safe. `review`: a person must judge. `refuse`: cannot be made live as it stands. */
export type Verdict = 'ok' | 'review' | 'refuse';

/** One thing that a step says of a patch. A refusal is a result, not a crash: steps collect all of them. */
export interface Finding {
  /** Tells it from the other findings of a patch; given where people judge it. */
  readonly id?: string;
  readonly code: Code;
  readonly verdict: Verdict;
  readonly place: Place;
  /** What was seen, with the evidence. */
  readonly reason: string;
  /** What the author can do. */
  readonly remedy: string;
}
