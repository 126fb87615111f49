// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import type { FunctionChange } from '../compare/comparison.ts';
import type { CompiledUnit } from '../compile/model.ts';
import type { Cut } from '../cut/cut.ts';
import { DEFAULT_CALLBACKS } from '../cut/defaults.ts';
import { liveSymbolAt } from '../cut/kernel-symbols.ts';
import type { CutUnit } from '../cut/unit.ts';
import { recordMatch } from '../match/record.ts';
import type { CreatedFunction, CreatedObject } from './model.ts';
import { sourceLines } from './source-lines.ts';

/** Describes what an update replaces: objects with vmlinux first, functions by name. */
export async function describeObjects(
  units: readonly CutUnit[],
  cut: Cut,
  compiled: readonly CompiledUnit[],
  workFolder: string,
  signal: AbortSignal | undefined,
): Promise<CreatedObject[]> {
  const set = new Set(cut.defaults.map(({ symbol }) => symbol.object));
  const callbacks = [
    ...cut.callbacks,
    ...[...set].flatMap((object) => DEFAULT_CALLBACKS.map(({ kind }) => ({ object, kind }))),
  ];
  const objects = new Map<string, CreatedFunction[]>(callbacks.map(({ object }) => [object, []]));
  for (const unit of units) {
    if (unit.comparison.changed.length === 0) continue;
    const post = compiled.find((candidate) => candidate.unit.source === unit.source)?.post;
    if (post === undefined) throw new UptideError('INTERNAL', `${unit.source} was compared and not compiled`);
    const lines = await sourceLines(unit.comparison.changed, post, workFolder, signal);
    const functions = unit.comparison.changed.map((change) =>
      describeFunction(unit, change, lines.get(change)),
    );
    objects.set(unit.object, [...(objects.get(unit.object) ?? []), ...functions]);
  }
  return [...objects]
    .map(([name, functions]) => ({
      name,
      functions: functions.toSorted((a, b) => compareText(a.name, b.name) || a.position - b.position),
      callbacks: callbacks
        .filter(({ object }) => object === name)
        .map(({ kind }) => kind)
        .sort(),
    }))
    .toSorted(
      (a, b) => Number(a.name !== 'vmlinux') - Number(b.name !== 'vmlinux') || compareText(a.name, b.name),
    );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function describeFunction(unit: CutUnit, change: FunctionChange, line: string | undefined): CreatedFunction {
  const { pre, name, difference } = change;
  const match = unit.match.functions.get(pre);
  const live = match?.state === 'matched' ? liveSymbolAt(unit.match.shipped, name, match.address) : undefined;
  const layout = match?.state === 'matched' ? match.layout : undefined;
  const record =
    match?.state === 'matched' ? recordMatch(pre, match.address, unit.match.shipped, layout) : undefined;
  if (live === undefined || record === undefined) {
    throw new UptideError('INTERNAL', `${name} is to be replaced and did not match`);
  }
  const at = line === undefined ? unit.source : line;
  return {
    name,
    position: live.position,
    size: layout?.size ?? pre.end - pre.start,
    reason: `${at}: ${difference.pre} became ${difference.post}`,
    match: record,
  };
}
