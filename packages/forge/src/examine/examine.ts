// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { ExamineContext } from './model.ts';
import { RULES } from './rules.ts';

/** Asks every rule about every unit. A unit that is a part of several objects is one source: said once. */
export function examineUnits(units: readonly ExamineContext[]): Finding[] {
  const findings = new Map<string, Finding>();
  for (const unit of units) {
    for (const found of RULES.flatMap(({ examine }) => examine(unit))) {
      findings.set(JSON.stringify(found), found);
    }
  }
  return [...findings.values()];
}
