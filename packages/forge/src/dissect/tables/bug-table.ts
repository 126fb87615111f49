// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/** struct bug_entry: site, file name, line, flags. The line drifts with every change above it. */
export const BUG_TABLE: SpecialTable = {
  section: '__bug_table',
  purpose: 'places of BUG and WARN, with file and line',
  fate: 'kept',
  layouts: [
    { stride: 12, references: [0, 4], drift: [[8, 2]] },
    // With a format string between site and file (CONFIG_DEBUG_BUGVERBOSE and HAVE_ARCH_BUG_FORMAT).
    { stride: 16, references: [0, 4, 8], drift: [[12, 2]] },
    // Without CONFIG_DEBUG_BUGVERBOSE.
    { stride: 8, references: [0] },
    // Absolute addresses, before the tables became relative.
    { stride: 24, references: [0, 8], drift: [[16, 2]] },
  ],
};
