// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { readBtf } from '@uptide/kernel';
import type { CompiledUnit } from '../compile/model.ts';
import { fieldPath } from '../layout/field-path.ts';
import { variableTypes } from '../layout/variable-types.ts';
import { btfOf, debugLines, type ToolOptions } from './pahole.ts';

/**
 * Names the fields of changed data. A comparison of objects knows offsets; which member of which struct is
 * there, the debug information says.
 *
 * @param findings of all units, with the source in their place
 * @returns the same findings, with the field in the reason where it is known
 */
export async function nameFields(
  findings: readonly Finding[],
  units: readonly CompiledUnit[],
  options: ToolOptions,
): Promise<Finding[]> {
  const named: Finding[] = [...findings];
  for (const { unit, pre } of units) {
    const own = findings.filter(
      ({ code, place }) => code === 'COMPARE_DATA_CHANGED' && place.file === unit.source,
    );
    const symbols = new Set(own.flatMap(({ place }) => place.symbol ?? []));
    if (symbols.size === 0) continue;
    const variables = variableTypes(await debugLines(pre, options), symbols);
    const btf = await btfOf(pre, options);
    if (btf === undefined) continue;
    const types = readBtf(btf);
    for (const found of own) {
      const { symbol, offset } = found.place;
      const variable = symbol === undefined ? undefined : variables.get(symbol);
      if (variable === undefined || offset === undefined) continue;
      const path = fieldPath(types, variable, offset);
      if (path === undefined) continue;
      const reason = `${found.reason} (${symbol}${path} of ${variable.kind} ${variable.name})`;
      named[named.indexOf(found)] = { ...found, reason };
    }
  }
  return named;
}
