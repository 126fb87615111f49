// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/**
 * struct exception_table_entry: faulting instruction, where to go on, and how: a handler since 4.6, later a
 * number.
 */
export const EX_TABLE: SpecialTable = {
  section: '__ex_table',
  purpose: 'where to go on after a fault at an expected place',
  fate: 'kept',
  layouts: [
    { stride: 12, references: [0, 4] },
    { stride: 12, references: [0, 4, 8] },
    { stride: 8, references: [0, 4] },
  ],
};
