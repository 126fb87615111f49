// SPDX-License-Identifier: GPL-2.0-or-later
import { SHT } from '@uptide/elf';

/** A section of the module while it is filled. */
export class OutputSection {
  readonly name: string;
  readonly flags: number;
  readonly nobits: boolean;
  readonly entrySize: number;
  #chunks: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  #size = 0;
  #align = 1;

  constructor(name: string, flags: number, nobits = false, entrySize = 0) {
    this.name = name;
    this.flags = flags;
    this.nobits = nobits;
    this.entrySize = entrySize;
  }

  get size(): number {
    return this.#size;
  }

  get align(): number {
    return this.#align;
  }

  get type(): number {
    return this.nobits ? SHT.NOBITS : SHT.PROGBITS;
  }

  /** Appends bytes at the next multiple of `align`; returns their offset. */
  append(bytes: Uint8Array, align: number): number {
    const at = this.reserve(bytes.length, align);
    this.#chunks.push({ at, bytes });
    return at;
  }

  /** Appends room without content; returns its offset. */
  reserve(size: number, align: number): number {
    const at = Math.ceil(this.#size / align) * align;
    this.#size = at + size;
    this.#align = Math.max(this.#align, align);
    return at;
  }

  /** The content; gaps between functions hold `int3`, all others zeroes. */
  bytes(filler: number): Uint8Array {
    const bytes = new Uint8Array(this.#size).fill(filler);
    for (const { at, bytes: chunk } of this.#chunks) bytes.set(chunk, at);
    return bytes;
  }
}
