// SPDX-License-Identifier: GPL-2.0-or-later

import type { ForgeCode } from '@uptide/base';
import { type ElfSection, SHF } from '@uptide/elf';
import type { Piece } from '../dissect/piece.ts';

/** Where carried pieces go in the module, or why they cannot be carried. */
export type Placement =
  | { readonly kind: 'section'; readonly name: string; readonly flags: number; readonly nobits: boolean }
  | { readonly kind: 'refused'; readonly code: ForgeCode; readonly reason: string };

interface Rule {
  readonly section: RegExp;
  readonly place: (section: ElfSection) => Placement;
}

const text: Placement = { kind: 'section', name: '.text', flags: SHF.ALLOC | SHF.EXECINSTR, nobits: false };
const rodata: Placement = { kind: 'section', name: '.rodata', flags: SHF.ALLOC, nobits: false };
const data: Placement = { kind: 'section', name: '.data', flags: SHF.ALLOC | SHF.WRITE, nobits: false };
const bss: Placement = { kind: 'section', name: '.bss', flags: SHF.ALLOC | SHF.WRITE, nobits: true };

const refuse =
  (code: ForgeCode, what: string) =>
  (section: ElfSection): Placement => ({ kind: 'refused', code, reason: `${section.name} ${what}` });

/**
 * Every section that new or replaced pieces may lie in, first rule wins. The kernel gives a meaning to many
 * section names; one that is not here has none that we know, and is refused.
 */
const RULES: readonly Rule[] = [
  {
    section: /^\.(init|exit|meminit|memexit)\./,
    place: refuse('CUT_INIT_REFERENCE', 'is freed after the start'),
  },
  {
    section: /^\.data\.\.percpu/,
    place: refuse('CUT_PERCPU', 'is laid out for every processor at the start'),
  },
  // Replacement code of alternatives; its entries keep their own copy.
  {
    section: /^\.altinstr_replacement$/,
    place: () => ({
      kind: 'section',
      name: '.altinstr_replacement',
      flags: SHF.ALLOC | SHF.EXECINSTR,
      nobits: false,
    }),
  },
  // Descriptions of pr_debug sites: the module loader finds them by the name of the section.
  // Before 5.9 that was __verbose.
  {
    section: /^__(dyndbg|verbose)$/,
    place: ({ name }) => ({ kind: 'section', name, flags: SHF.ALLOC | SHF.WRITE, nobits: false }),
  },
  // Functions by heat or by their own section name; all of them are code without a further meaning.
  { section: /^\.text($|\.)/, place: () => text },
  // The scheduler's own functions: a return address there is left out of wchan, nothing else.
  { section: /^\.sched\.text$/, place: () => text },
  // Slow paths that inline assembly puts aside.
  { section: /^\.(fixup|altinstr_aux)$/, place: () => text },
  { section: /^\.rodata($|\.)/, place: () => rodata },
  { section: /^\.data\.rel\.ro($|\.)/, place: () => rodata },
  // Flags of the *_once macros and data by how it is used; for a module that is all the same.
  {
    section: /^\.data(\.\.?(once|unlikely|read_mostly|ro_after_init|cacheline_aligned|shared_aligned))?$/,
    place: () => data,
  },
  { section: /^\.data\.[^.]/, place: () => data },
  // Labels of compilers as -fdata-sections spells them: `.data..Lubsan_data3`, `.data..L__unnamed_1`.
  { section: /^\.data\.\.L/, place: () => data },
  { section: /^\.bss($|\.[^.]|\.\.L)/, place: (section) => (section.content.kind === 'nobits' ? bss : data) },
];

/** Modules are laid out in whole pages (module_alloc), so that no section begins at more than that. */
const MAX_ALIGN = 4096;

/** Decides where a piece goes. */
export function placementOf({ section }: Piece): Placement {
  if (section.align > MAX_ALIGN) {
    const reason = `${section.name} is aligned to ${section.align} bytes, and modules to ${MAX_ALIGN}`;
    return { kind: 'refused', code: 'CUT_SECTION_UNKNOWN', reason };
  }
  const rule = RULES.find((candidate) => candidate.section.test(section.name));
  if (rule !== undefined) return rule.place(section);
  return { kind: 'refused', code: 'CUT_SECTION_UNKNOWN', reason: `there is no rule for ${section.name}` };
}
