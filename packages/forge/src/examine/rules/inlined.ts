// SPDX-License-Identifier: GPL-2.0-or-later
import { coldParent, stableName } from '../../compare/names.ts';
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { sourceNameOf, touchedFunctions } from '../source.ts';

/**
 * The functions in a patch are not those that change in the kernel: the compiler puts one into the other. Those
 * that have a changed one inside are found by comparing objects, all of them, so this is for people to know.
 */
export const INLINED: ExamineRule = {
  code: 'EXAMINE_INLINED',
  looksFor:
    'Functions that are replaced although the patch does not change their text: which changed function is inlined there, by the debug information of the first place that differs. Every function of a compiled unit is compared, so none is left out.',
  cannotSee:
    'Why such a function changes when the first difference is not in an inlined function of the patch: a macro, a struct, or what the compiler decided otherwise. It is named all the same.',
  examine: ({ source, comparison, changes, origins }) => {
    const touched = new Set(changes.flatMap(({ pre, post }) => [...touchedFunctions(pre, post)]));
    if (touched.size === 0) return [];
    const hosts = new Map<string, string[]>();
    for (const { name, difference } of comparison.changed) {
      // Callers of functions without an ftrace site have a finding of their own.
      if (touched.has(sourceNameOf(name)) || difference.post === 'a call of its new copy') continue;
      const inner = (origins.get(name) ?? []).find((origin) => touched.has(origin)) ?? '';
      hosts.set(inner, [...(hosts.get(inner) ?? []), coldParent(name) ?? stableName(name)]);
    }
    return [...hosts].map(([inner, names]) => {
      const list = names.sort().join(', ');
      return inner === ''
        ? finding(
            'EXAMINE_INLINED',
            'ok',
            { file: source },
            `changed without a change of their text: ${list}`,
          )
        : finding('EXAMINE_INLINED', 'ok', { file: source, symbol: inner }, `it is inlined into ${list}`);
    });
  },
};
