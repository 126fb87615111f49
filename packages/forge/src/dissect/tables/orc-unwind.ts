// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/**
 * `.orc_unwind_ip` holds a place an entry, `.orc_unwind` beside it how to unwind there. They follow from
 * the code, so a difference is no change; without them klp has no reliable stack of the new function.
 */
export const ORC_UNWIND: SpecialTable = {
  section: '.orc_unwind_ip',
  purpose: 'how to unwind the stack at each place of the code',
  fate: 'derived',
  layouts: [{ stride: 4, references: [0] }],
  companion: { section: '.orc_unwind', stride: 6 },
};
