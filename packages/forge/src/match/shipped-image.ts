// SPDX-License-Identifier: GPL-2.0-or-later
import type { KernelImage } from '@uptide/kernel';
import { SEAL_TABLE, sealedEntries } from './sealed-entries.ts';
import type { Shipped } from './shipped.ts';

/**
 * The image of a kernel as shipped code.
 *
 * @throws ForgeError OBJECT_TABLE_LAYOUT when its table of sealed entries is damaged.
 */
export function shippedImage(image: KernelImage): Shipped {
  const table = image.sections.find(({ name }) => name === SEAL_TABLE);
  const bytes = image.section(SEAL_TABLE) ?? new Uint8Array();
  const sealed = table === undefined ? new Set() : sealedEntries(bytes, table.address, 'vmlinux');
  return {
    object: 'vmlinux',
    named: (name) => image.symbols.named(name),
    at: (address) => image.symbols.at(address),
    read: (address, length) => image.read(address, length),
    contains: (address) => image.sections.some((s) => address >= s.address && address <= s.address + s.size),
    sealed: (entry) => sealed.has(entry),
    imported: () => undefined,
  };
}
