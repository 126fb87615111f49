// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { UnitTypes } from '../layout/unit-types.ts';
import type { ExamineContext } from './model.ts';
import { RULES } from './rules.ts';

const UNKNOWN: UnitTypes = { kind: 'unknown' };

/**
 * Asks every rule about every unit. A unit that is a part of several objects is one source: said once.
 *
 * @param types by the path of the source
 */
export function examineUnits(
  units: readonly Pick<ExamineContext, 'source' | 'comparison'>[],
  types: ReadonlyMap<string, UnitTypes>,
): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { source, comparison } of units) {
    const context = { source, comparison, types: types.get(source) ?? UNKNOWN };
    for (const found of RULES.flatMap(({ examine }) => examine(context))) {
      findings.set(JSON.stringify(found), found);
    }
  }
  return [...findings.values()];
}
