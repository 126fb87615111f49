// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';
import { KERNEL_READER_ERRORS } from './kernel-readers.ts';
import { KERNEL_STORE_ERRORS } from './kernel-store.ts';

export const KERNEL_ERRORS = {
  ...KERNEL_READER_ERRORS,
  ...KERNEL_STORE_ERRORS,
} as const satisfies Record<string, CatalogueEntry>;

/** Every code of the room `kernel`. */
export type KernelCode = keyof typeof KERNEL_ERRORS;
