// SPDX-License-Identifier: GPL-2.0-or-later
import type { ExamineRule } from './model.ts';
import { ALREADY_RAN } from './rules/already-ran.ts';
import { LOCKS } from './rules/locks.ts';
import { LONG_SLEEPER } from './rules/long-sleeper.ts';
import { MAY_SLEEP } from './rules/may-sleep.ts';
import { PROTOTYPES } from './rules/prototypes.ts';
import { REFERENCES } from './rules/references.ts';

/** Every rule, in the order in which their findings are listed. docs/examination.md has a row for each. */
export const RULES: readonly ExamineRule[] = [
  LOCKS,
  REFERENCES,
  MAY_SLEEP,
  LONG_SLEEPER,
  PROTOTYPES,
  ALREADY_RAN,
];
