// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/** struct jump_entry: relative code and target, then the key (relative since 4.19, absolute before). */
export const JUMP_TABLE: SpecialTable = {
  section: '__jump_table',
  purpose: 'jumps that a static key switches',
  fate: 'kept',
  layouts: [
    { stride: 16, references: [0, 4, 8] },
    { stride: 24, references: [0, 8, 16] },
  ],
};
