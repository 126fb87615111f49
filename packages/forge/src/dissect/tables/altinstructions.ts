// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/**
 * struct alt_instr, arch/x86/include/asm/alternative.h: two relative addresses, then feature and lengths.
 * The replacement code lies in `.altinstr_replacement` and goes along with its entry.
 */
export const ALTINSTRUCTIONS: SpecialTable = {
  section: '.altinstructions',
  purpose: 'instructions that the kernel replaces by what the processor can do',
  fate: 'kept',
  layouts: [
    // u32 feature and flags, instrlen, replacementlen.
    { stride: 14, references: [0, 4], siteLength: 12, code: { reference: 4, length: 13 } },
    // u16 feature, instrlen, replacementlen.
    { stride: 12, references: [0, 4], siteLength: 10, code: { reference: 4, length: 11 } },
    // u16 feature, instrlen, replacementlen, padlen.
    { stride: 13, references: [0, 4], siteLength: 10, code: { reference: 4, length: 11 } },
  ],
};
