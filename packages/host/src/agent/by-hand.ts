// SPDX-License-Identifier: GPL-2.0-or-later
import type { LoadOutcome } from '../load.ts';
import type { Plan } from '../policy/model.ts';
import type { UnloadOutcome } from '../unload.ts';
import type { Survey } from './survey.ts';

/** Asked before the kernel is touched by hand; without a yes nothing is done. */
export type Confirm = (plan: Plan, found: Survey) => Promise<boolean>;

export interface LevelOptions {
  /** A level by its number; when not given, the one that the act chooses. */
  readonly to?: number;
  readonly confirm: Confirm;
}

/** How an act by hand ended; without an outcome nothing was done. */
export interface ActResult {
  readonly found: Survey;
  readonly plan: Plan;
  readonly outcome?: LoadOutcome | UnloadOutcome;
}
