// SPDX-License-Identifier: GPL-2.0-or-later
import type { SpecialTable } from './table.ts';

/** The tables that are lists of relative addresses of places in code. */
function sites(section: string, purpose: string, fate: SpecialTable['fate'] = 'kept'): SpecialTable {
  return { section, purpose, fate, layouts: [{ stride: 4, references: [0] }] };
}

export const SMP_LOCKS = sites('.smp_locks', 'lock prefixes that one processor does not need');
export const RETPOLINE_SITES = sites('.retpoline_sites', 'indirect branches that go through a thunk');
export const RETURN_SITES = sites('.return_sites', 'returns that go through a thunk');
export const CALL_SITES = sites('.call_sites', 'calls that call depth tracking accounts');
/**
 * What is true of a whole vmlinux or module, that nothing takes the address of a function, need not be true of
 * the code of a live update. An ENDBR that stays is never wrong.
 */
export const IBT_ENDBR_SEAL = sites('.ibt_endbr_seal', 'ENDBR instructions that nothing needs', 'dropped');
export const CFI_SITES = sites('.cfi_sites', 'places of kCFI type hashes');
export const KCFI_TRAPS = sites('.kcfi_traps', 'traps of failed kCFI checks');
