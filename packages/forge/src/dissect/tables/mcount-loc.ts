// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/** The places of `call __fentry__`; klp replaces a function only where ftrace knows one. */
export const MCOUNT_LOC: SpecialTable = {
  section: '__mcount_loc',
  purpose: 'where ftrace can hook a function',
  fate: 'kept',
  layouts: [{ stride: 8, references: [0] }],
};
