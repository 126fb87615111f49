// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';

/** Where code stands that nothing may trace, probe or interrupt at will (include/asm-generic/vmlinux.lds.h). */
const SECTIONS: readonly (readonly [RegExp, string])[] = [
  [/^\.noinstr\.text/, 'noinstr: it runs where the kernel cannot be traced yet'],
  [/^\.(?:entry|irqentry|softirqentry)\.text/, 'entry code: it runs between user space and the kernel'],
  [/^\.cpuidle\.text/, 'code of an idle processor'],
  [/^\.kprobes\.text/, 'code that kprobes must not reach'],
];

/** A new copy of such code lies in the memory of a module, outside of the sections that the kernel knows. */
export const ENTRY_CODE: ExamineRule = {
  code: 'EXAMINE_ENTRY_CODE',
  looksFor:
    'Functions that the update replaces or carries and that the kernel keeps in a section of its own: `noinstr`, entry code, idle code, code that kprobes must not reach. The copy in the update is in none of these sections, so tracers and probes can reach it.',
  cannotSee:
    'Code that is called from such sections and stands in none. Such a function without an ftrace site is refused besides (`COMPARE_NO_FTRACE_SITE`), unless all of its callers can be replaced (`COMPARE_CALLERS_REPLACED`).',
  examine: ({ source, comparison }) => {
    const pieces = [
      ...comparison.changed.map(({ name, pre }) => ({ name, section: pre.section.name })),
      ...comparison.added.map(({ name, section }) => ({ name, section: section.name })),
    ];
    return pieces.flatMap(({ name, section }) => {
      const words = SECTIONS.find(([pattern]) => pattern.test(section))?.[1];
      if (words === undefined) return [];
      return [finding('EXAMINE_ENTRY_CODE', 'review', { file: source, symbol: name, section }, words)];
    });
  },
};
