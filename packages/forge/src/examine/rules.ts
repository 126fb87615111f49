// SPDX-License-Identifier: GPL-2.0-or-later
import type { ExamineRule } from './model.ts';
import { ALLOCATIONS } from './rules/allocations.ts';
import { ALREADY_RAN } from './rules/already-ran.ts';
import { CALLBACKS } from './rules/callbacks.ts';
import { CONSTANTS } from './rules/constants.ts';
import { COUNTERS } from './rules/counters.ts';
import { ENTRY_CODE } from './rules/entry-code.ts';
import { INLINED } from './rules/inlined.ts';
import { LOCK_ORDER } from './rules/lock-order.ts';
import { LOCKS } from './rules/locks.ts';
import { LONG_SLEEPER } from './rules/long-sleeper.ts';
import { LOOKUP } from './rules/lookup.ts';
import { MAY_SLEEP } from './rules/may-sleep.ts';
import { ORDERING } from './rules/ordering.ts';
import { PROTOTYPES } from './rules/prototypes.ts';
import { REFERENCES } from './rules/references.ts';
import { RETURNS } from './rules/returns.ts';
import { SETUP } from './rules/setup.ts';
import { SWITCH_CODE } from './rules/switch-code.ts';
import { USER_ABI } from './rules/user-abi.ts';
import { WAKING } from './rules/waking.ts';

/** Every rule, in the order in which their findings are listed. docs/examination.md has a section for each. */
export const RULES: readonly ExamineRule[] = [
  LOCKS,
  LOCK_ORDER,
  REFERENCES,
  COUNTERS,
  ORDERING,
  WAKING,
  ALLOCATIONS,
  SETUP,
  LOOKUP,
  MAY_SLEEP,
  LONG_SLEEPER,
  PROTOTYPES,
  RETURNS,
  CALLBACKS,
  ALREADY_RAN,
  ENTRY_CODE,
  SWITCH_CODE,
  CONSTANTS,
  USER_ABI,
  INLINED,
];
