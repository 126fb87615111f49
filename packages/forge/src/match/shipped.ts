// SPDX-License-Identifier: GPL-2.0-or-later
import type { Address } from '@uptide/elf';

/** A name at an address of shipped code. */
export interface ShippedSymbol {
  readonly name: string;
  readonly address: Address;
  /** The letter that nm(1) prints; upper case for global. */
  readonly type: string;
  /** Whether it is gone once the module has started, for klp too; the image keeps all of its symbols. */
  readonly passing?: boolean;
}

/**
 * The code of one klp object as it was shipped, laid out at addresses. For a module the addresses are made
 * up: they only serve to tell places apart.
 */
export interface Shipped {
  /** `vmlinux` or the module's name. */
  readonly object: string;
  /** All symbols of that name in the order in which klp counts them. */
  named(name: string): readonly ShippedSymbol[];
  /** All symbols at exactly that address. */
  at(address: Address): readonly ShippedSymbol[];
  /** The bytes at an address, relocations applied; undefined when any of them is not content of the object. */
  read(address: Address, length: number): Uint8Array | undefined;
  /** Whether an address belongs to the object, content or not. */
  contains(address: Address): boolean;
  /** Whether the kernel overwrites the ENDBR at this entry at its start; see sealed-entries.ts. */
  sealed(entry: Address): boolean;
  /** Where references to a symbol that the object imports lead; undefined when it imports no such symbol. */
  imported(name: string): Address | undefined;
}
