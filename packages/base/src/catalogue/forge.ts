// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

export const FORGE_ERRORS = {} as const satisfies Record<string, CatalogueEntry>;
