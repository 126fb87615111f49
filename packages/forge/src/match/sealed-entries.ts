// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions that must not be called by their address.
 *
 * With CONFIG_X86_KERNEL_IBT a processor that can do so faults when an indirect call leads to anything but an
 * ENDBR64 instruction. GCC puts one at every entry that its unit may hand out. objtool then lists in
 * .ibt_endbr_seal those entries whose address nothing in the whole vmlinux or module takes, and the kernel
 * overwrites them at its start (apply_seal_endbr, arch/x86/kernel/alternative.c), whether the processor has
 * IBT or not.
 *
 * So the shipped code has ENDBR64 at an entry that the running code has not; a live update must know both when
 * it compares the one with the other, and when it takes an address that nobody has taken before.
 */
import { type Address, address } from '@uptide/elf';
import { ForgeError } from '../error.ts';

/** The table of sealed entries: distances from each field to an entry. */
export const SEAL_TABLE = '.ibt_endbr_seal';
const ENTRY = 4;

/** ENDBR64, also the size of what it is overwritten with. */
export const ENDBR64: readonly number[] = [0xf3, 0x0f, 0x1e, 0xfa];

/** Whether code begins with ENDBR64. */
export function beginsWithEndbr(code: Uint8Array | undefined): boolean {
  return code !== undefined && ENDBR64.every((byte, i) => code[i] === byte);
}

/**
 * Reads the table of an object at the address where it lies, relocations applied.
 *
 * @throws ForgeError OBJECT_TABLE_LAYOUT when it does not consist of whole entries.
 */
export function sealedEntries(table: Uint8Array, at: Address, object: string): ReadonlySet<Address> {
  if (table.length % ENTRY !== 0) {
    const place = { object, section: SEAL_TABLE };
    throw new ForgeError('OBJECT_TABLE_LAYOUT', `${table.length} bytes are no list of entries`, { place });
  }
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const entries = new Set<Address>();
  for (let offset = 0; offset < table.length; offset += ENTRY) {
    entries.add(address(at + offset + view.getInt32(offset, true)));
  }
  return entries;
}
