// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { readBtf } from '@uptide/kernel';
import type { CompiledUnit } from '../compile/model.ts';
import { finding } from '../error.ts';
import { compareLayouts } from '../layout/compare-layouts.ts';
import { btfOf, type ToolOptions } from './pahole.ts';

/** Compares the shapes of data in units before and after the patch; what two units say alike is said once. */
export async function layoutFindings(
  units: readonly CompiledUnit[],
  options: ToolOptions,
): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const { unit, pre, post } of units) {
    const [before, after] = await Promise.all([btfOf(pre, options), btfOf(post, options)]);
    const found = compare(before, after, unit.source);
    for (const each of found) {
      const key = `${each.code} ${each.reason}`;
      if (!findings.has(key)) findings.set(key, each);
    }
  }
  return [...findings.values()];
}

function compare(before: Uint8Array | undefined, after: Uint8Array | undefined, source: string): Finding[] {
  if (before === undefined || after === undefined) {
    const reason = 'pahole finds no types in the object';
    return [finding('COMPARE_LAYOUTS_UNKNOWN', 'review', { file: source }, reason)];
  }
  // Most patches leave all types alone; then pahole writes the same bytes.
  if (Buffer.compare(before, after) === 0) return [];
  return compareLayouts(readBtf(before), readBtf(after), source);
}
