// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { readBtf } from '@uptide/kernel';
import type { CompiledUnit } from '../compile/model.ts';
import { finding } from '../error.ts';
import { compareLayouts } from '../layout/compare-layouts.ts';
import type { UnitTypes } from '../layout/unit-types.ts';
import { btfOf, type ToolOptions } from './pahole.ts';

/** The types of units before and after the patch, by the path of the source. */
export async function unitTypes(
  units: readonly CompiledUnit[],
  options: ToolOptions,
): Promise<ReadonlyMap<string, UnitTypes>> {
  const types = new Map<string, UnitTypes>();
  for (const { unit, pre, post } of units) {
    const [before, after] = await Promise.all([btfOf(pre, options), btfOf(post, options)]);
    types.set(unit.source, readTypes(before, after));
  }
  return types;
}

/** Compares the shapes of data in units before and after the patch; what two units say alike is said once. */
export function layoutFindings(types: ReadonlyMap<string, UnitTypes>): Finding[] {
  const findings = new Map<string, Finding>();
  for (const [source, unit] of types) {
    for (const each of compare(unit, source)) {
      const key = `${each.code} ${each.reason}`;
      if (!findings.has(key)) findings.set(key, each);
    }
  }
  return [...findings.values()];
}

function compare(types: UnitTypes, source: string): Finding[] {
  switch (types.kind) {
    case 'same':
      return [];
    case 'differ':
      return compareLayouts(types.pre, types.post, source);
    case 'unknown': {
      const reason = 'pahole finds no types in the object';
      return [finding('COMPARE_LAYOUTS_UNKNOWN', 'review', { file: source }, reason)];
    }
  }
}

function readTypes(before: Uint8Array | undefined, after: Uint8Array | undefined): UnitTypes {
  if (before === undefined || after === undefined) return { kind: 'unknown' };
  // Where all types stay, pahole writes the same bytes.
  if (Buffer.compare(before, after) === 0) return { kind: 'same' };
  return { kind: 'differ', pre: readBtf(before), post: readBtf(after) };
}
