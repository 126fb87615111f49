// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';
import { FORGE_AUTHOR_ERRORS } from './forge-author.ts';
import { FORGE_COMPILE_ERRORS } from './forge-compile.ts';
import { FORGE_CUT_ERRORS } from './forge-cut.ts';
import { FORGE_EXAMINE_ERRORS } from './forge-examine.ts';
import { FORGE_MATCH_ERRORS } from './forge-match.ts';
import { FORGE_OBJECT_ERRORS } from './forge-object.ts';
import { FORGE_PATCH_ERRORS } from './forge-patch.ts';

export const FORGE_ERRORS = {
  ...FORGE_PATCH_ERRORS,
  ...FORGE_COMPILE_ERRORS,
  ...FORGE_OBJECT_ERRORS,
  ...FORGE_MATCH_ERRORS,
  ...FORGE_CUT_ERRORS,
  ...FORGE_AUTHOR_ERRORS,
  ...FORGE_EXAMINE_ERRORS,
} as const satisfies Record<string, CatalogueEntry>;

/** Every code of the room `forge`. */
export type ForgeCode = keyof typeof FORGE_ERRORS;
