// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { RestingFunction } from '@uptide/kernel';
import type { ExamineContext, UnitFacts } from './model.ts';
import { RULES } from './rules.ts';
import { readSource, type SourceText } from './source.ts';

/** Nothing besides the objects is known. */
export const UNKNOWN_FACTS: UnitFacts = {
  types: { kind: 'unknown' },
  sources: [],
  text: '',
  origins: new Map(),
};

/**
 * Asks every rule about every unit. What is said twice, of a unit that is a part of several objects or of a header
 * that several units include, is said once.
 *
 * @param facts by the path of the source
 * @param resting where tasks of the booted kernel rest
 */
export function examineUnits(
  units: readonly Pick<ExamineContext, 'source' | 'object' | 'comparison'>[],
  facts: ReadonlyMap<string, UnitFacts>,
  resting: readonly RestingFunction[],
): Finding[] {
  const findings = new Map<string, Finding>();
  const read = readOnce();
  for (const { source, object, comparison } of units) {
    const { types, sources, text, origins } = facts.get(source) ?? UNKNOWN_FACTS;
    const changes = sources.map(({ path, pre, post }) => ({ path, pre: read(pre), post: read(post) }));
    const context = { source, object, comparison, types, changes, text: read(text), origins, resting };
    for (const found of RULES.flatMap(({ examine }) => examine(context))) {
      findings.set(JSON.stringify(found), found);
    }
  }
  return [...findings.values()];
}

/** Reads each text once: hundreds of units may include one header. */
function readOnce(): (text: string) => SourceText {
  const known = new Map<string, SourceText>();
  return (text) => {
    const found = known.get(text) ?? readSource(text);
    known.set(text, found);
    return found;
  };
}
