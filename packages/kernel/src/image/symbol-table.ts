// SPDX-License-Identifier: GPL-2.0-or-later
import { type Address, address } from '@uptide/elf';
import type { KernelSymbol, SymbolTable } from '../model.ts';
import type { SymbolColumns } from './kallsyms.ts';
import { compareAddresses } from './kallsyms-addresses.ts';

/**
 * The symbols of an image over their columns. A `KernelSymbol` is made when it is asked for: a kernel has
 * 100,000 and more, and a patch asks for some dozens.
 */
export class KallsymsTable implements SymbolTable {
  readonly columns: SymbolColumns;
  readonly #names: Buffer;
  #index: NameIndex | undefined;
  #symbols: readonly KernelSymbol[] | undefined;

  constructor(columns: SymbolColumns) {
    this.columns = columns;
    const { names } = columns;
    this.#names = Buffer.from(names.buffer, names.byteOffset, names.byteLength);
  }

  get symbols(): readonly KernelSymbol[] {
    this.#symbols ??= Array.from({ length: this.columns.count }, (_, order) => this.#symbol(order));
    return this.#symbols;
  }

  named(name: string): readonly KernelSymbol[] {
    this.#index ??= new NameIndex(this.columns);
    return this.#index.find(name).map((order) => this.#symbol(order));
  }

  at(wanted: Address): readonly KernelSymbol[] {
    return this.#run(this.#lastNotAbove(wanted), (found) => found === wanted);
  }

  covering(wanted: Address): readonly KernelSymbol[] {
    const last = this.#lastNotAbove(wanted);
    const greatest = this.columns.addresses[last];
    return this.#run(last, (found) => found === greatest);
  }

  /** Order of the last symbol whose address is not above the wanted one; -1 when all are. */
  #lastNotAbove(wanted: number): number {
    const { addresses, count } = this.columns;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareAddresses(addresses[middle] ?? 0, wanted) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The symbols up to `last` as long as their address is wanted, in the kernel's order. */
  #run(last: number, isWanted: (address: number) => boolean): KernelSymbol[] {
    const { addresses } = this.columns;
    let first = last;
    for (let found = addresses[first]; found !== undefined && isWanted(found); found = addresses[first])
      first--;
    return Array.from({ length: last - first }, (_, i) => this.#symbol(first + 1 + i));
  }

  #symbol(order: number): KernelSymbol {
    const { addresses, types, nameOffsets } = this.columns;
    return {
      name: this.#names.toString('latin1', nameOffsets[order], nameOffsets[order + 1]),
      address: address(addresses[order] ?? 0),
      type: String.fromCharCode(types[order] ?? 0),
      order,
    };
  }
}

/** A hash table with chains from names to symbols; chains are in the kernel's order. */
class NameIndex {
  readonly #columns: SymbolColumns;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #mask: number;

  constructor(columns: SymbolColumns) {
    const { count, names, nameOffsets } = columns;
    const size = 2 ** Math.ceil(Math.log2(count + 1));
    this.#columns = columns;
    this.#heads = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(count);
    this.#mask = size - 1;
    for (let i = count - 1; i >= 0; i--) {
      const slot = hash(names, nameOffsets[i] ?? 0, nameOffsets[i + 1] ?? 0) & this.#mask;
      this.#next[i] = this.#heads[slot] ?? -1;
      this.#heads[slot] = i;
    }
  }

  find(name: string): number[] {
    const { names, nameOffsets } = this.#columns;
    const wanted = Buffer.from(name, 'utf8');
    const found: number[] = [];
    let i = this.#heads[hash(wanted, 0, wanted.length) & this.#mask] ?? -1;
    for (; i >= 0; i = this.#next[i] ?? -1) {
      if (wanted.equals(names.subarray(nameOffsets[i], nameOffsets[i + 1]))) found.push(i);
    }
    return found;
  }
}

/** FNV-1a, 32 bits. */
function hash(bytes: Uint8Array, begin: number, end: number): number {
  let value = 0x811c9dc5;
  for (let i = begin; i < end; i++) value = Math.imul(value ^ (bytes[i] ?? 0), 0x01000193);
  return value >>> 0;
}
