// SPDX-License-Identifier: GPL-2.0-or-later
import type { IndexedLevel } from '@uptide/stream';
import type { Obstacle, RuleInput } from './model.ts';
import { RULES } from './rules/index.ts';

/** Everything that stands between a host and a level. What a keeper asks for by name, only others can refuse. */
export function obstaclesOf(level: IndexedLevel, input: RuleInput, own = true): Obstacle[] {
  const rules = RULES.filter((rule) => own || !rule.own);
  return rules.map((rule) => rule.judge(level, input)).filter((obstacle) => obstacle !== undefined);
}
