// SPDX-License-Identifier: GPL-2.0-or-later
import type { Baseline } from '@uptide/kernel';
import type { Comparison } from '../compare/comparison.ts';
import { changedVariables, settleDefaults } from '../compare/defaults.ts';
import type { CompiledUnit } from '../compile/model.ts';
import type { CutUnit } from '../cut/unit.ts';
import { variableTypes } from '../layout/variable-types.ts';
import { debugLines, type ToolOptions } from './pahole.ts';

/** A unit before it is matched. */
type ComparedUnit = Omit<CutUnit, 'match'>;

/** Takes variables whose first value the update can set out of the refusals of all units. */
export async function withDefaults(
  units: readonly ComparedUnit[],
  compiled: readonly CompiledUnit[],
  baseline: Pick<Baseline, 'btf'>,
  options: ToolOptions,
): Promise<readonly ComparedUnit[]> {
  const settled: ComparedUnit[] = [];
  for (const unit of units) {
    const names = changedVariables(unit.comparison);
    const object = compiled.find((candidate) => candidate.unit.source === unit.source);
    if (names.size === 0 || object === undefined || isOtherwiseRefused(unit.comparison)) {
      settled.push(unit);
      continue;
    }
    const types = variableTypes(await debugLines(object.pre, options), names);
    const keySize = (await baseline.btf()).structSize('static_key');
    settled.push({ ...unit, ...settleDefaults(unit.comparison, types, keySize) });
  }
  return settled;
}

/** What may yet be settled: changed data here, and functions without a site by their callers. */
const OPEN: ReadonlySet<string> = new Set(['COMPARE_DATA_CHANGED', 'COMPARE_NO_FTRACE_SITE']);

/** Whether something else of a unit is refused, so that there is nothing to settle. */
function isOtherwiseRefused({ findings }: Comparison): boolean {
  return findings.some(({ code, verdict }) => verdict === 'refuse' && !OPEN.has(code));
}
