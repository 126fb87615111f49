// SPDX-License-Identifier: GPL-2.0-or-later
import type { KernelImage } from '@uptide/kernel';
import type { Shipped } from './shipped.ts';

/** The image of a kernel as shipped code. */
export function shippedImage(image: KernelImage): Shipped {
  return {
    object: 'vmlinux',
    named: (name) => image.symbols.named(name),
    at: (address) => image.symbols.at(address),
    read: (address, length) => image.read(address, length),
    contains: (address) => image.sections.some((s) => address >= s.address && address <= s.address + s.size),
    imported: () => undefined,
  };
}
