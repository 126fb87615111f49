// SPDX-License-Identifier: GPL-2.0-or-later
import { ALTINSTRUCTIONS } from './altinstructions.ts';
import { BUG_TABLE } from './bug-table.ts';
import { EX_TABLE } from './ex-table.ts';
import { JUMP_TABLE } from './jump-table.ts';
import { MCOUNT_LOC } from './mcount-loc.ts';
import { ORC_UNWIND } from './orc-unwind.ts';
import { PARAINSTRUCTIONS } from './parainstructions.ts';
import {
  CALL_SITES,
  CFI_SITES,
  IBT_ENDBR_SEAL,
  KCFI_TRAPS,
  RETPOLINE_SITES,
  RETURN_SITES,
  SMP_LOCKS,
} from './sites.ts';
import { STATIC_CALL_SITES } from './static-call-sites.ts';
import type { SpecialTable } from './table.ts';

/** Every special table that Uptide knows. A table that is not here is not known, and a change in it refused. */
export const SPECIAL_TABLES: readonly SpecialTable[] = [
  ALTINSTRUCTIONS,
  PARAINSTRUCTIONS,
  JUMP_TABLE,
  STATIC_CALL_SITES,
  BUG_TABLE,
  EX_TABLE,
  SMP_LOCKS,
  RETPOLINE_SITES,
  RETURN_SITES,
  CALL_SITES,
  IBT_ENDBR_SEAL,
  CFI_SITES,
  KCFI_TRAPS,
  MCOUNT_LOC,
  ORC_UNWIND,
];
