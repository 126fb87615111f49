// SPDX-License-Identifier: GPL-2.0-or-later

/** Collects little-endian numbers and strings. */
export class ByteWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    this.#length += bytes.length;
    return this;
  }

  u8(...values: readonly number[]): this {
    return this.bytes(Uint8Array.from(values));
  }

  u16(value: number): this {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return this.bytes(bytes);
  }

  /** A 32-bit number, signed or not. */
  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return this.bytes(bytes);
  }

  /** A 64-bit number, signed or not. */
  u64(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    return this.bytes(bytes);
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text, 'latin1'));
  }

  align(alignment: number): this {
    return this.bytes(Buffer.alloc((alignment - (this.#length % alignment)) % alignment));
  }

  end(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** A copy with some bytes changed. */
export function withBytes(bytes: Uint8Array, offset: number, ...values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, offset);
  return copy;
}

/** A copy with a 32-bit number changed. */
export function withU32(bytes: Uint8Array, offset: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(value >>> 0, offset);
  return copy;
}
