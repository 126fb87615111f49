// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/** struct static_call_site: relative site and key; flags in the low bits of the key. */
export const STATIC_CALL_SITES: SpecialTable = {
  section: '.static_call_sites',
  purpose: 'direct calls whose target the kernel switches',
  fate: 'kept',
  layouts: [{ stride: 8, references: [0, 4] }],
};
