// SPDX-License-Identifier: GPL-2.0-or-later
import type { BtfTypes } from '@uptide/kernel';

/**
 * The types of a translation unit before and after the patch.
 * - `same`: every type stays; most patches leave them alone.
 * - `unknown`: the object tells nothing of its types.
 */
export type UnitTypes =
  | { readonly kind: 'same' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'differ'; readonly pre: BtfTypes; readonly post: BtfTypes };
