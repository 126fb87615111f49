// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/**
 * struct paravirt_patch_site: absolute address, type, length; in older kernels a mask of clobbered
 * registers. Each entry is aligned to 8 bytes before it is written, so the last may end early. Gone since 6.8.
 */
export const PARAINSTRUCTIONS: SpecialTable = {
  section: '.parainstructions',
  purpose: 'indirect calls that the kernel turns into direct ones when it knows its hypervisor',
  fate: 'kept',
  layouts: [{ stride: 16, references: [0], siteLength: 9, padding: 6 }],
};
