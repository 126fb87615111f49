// SPDX-License-Identifier: GPL-2.0-or-later
import { malformed } from './error.ts';

const WORD = 2 ** 32;

/**
 * Little-endian fields of a file. The caller makes sure that a field lies in the file (`require`);
 * 64-bit fields that a number can't hold exactly are refused.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** @throws ElfError ELF_VALUE_RANGE from 2^53 on. */
  u64(offset: number): number {
    const value = this.#view.getUint32(offset + 4, true) * WORD + this.#view.getUint32(offset, true);
    if (!Number.isSafeInteger(value)) throw outOfRange(offset, this.#view.getBigUint64(offset, true));
    return value;
  }

  /** @throws ElfError ELF_VALUE_RANGE outside ±(2^53 - 1). */
  s64(offset: number): number {
    const value = this.#view.getInt32(offset + 4, true) * WORD + this.#view.getUint32(offset, true);
    if (!Number.isSafeInteger(value)) throw outOfRange(offset, this.#view.getBigUint64(offset, true));
    return value;
  }

  /** @throws ElfError ELF_TRUNCATED when the file does not hold `size` bytes from `offset` on. */
  require(offset: number, size: number, what: string): void {
    if (offset > this.length || size > this.length - offset) {
      const end = this.length;
      throw malformed('ELF_TRUNCATED', offset, `${what} (${size} bytes) ends after the file (${end} bytes)`);
    }
  }
}

/** Little-endian fields of a file that is being made. Its length is fixed from the start. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(offset: number, value: number): void {
    this.#view.setUint8(offset, value);
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
  }

  u32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** Writes a safe integer, negative ones in two's complement. */
  i64(offset: number, value: number): void {
    const low = value >>> 0;
    this.#view.setUint32(offset, low, true);
    this.#view.setInt32(offset + 4, (value - low) / WORD, true);
  }
}

function outOfRange(offset: number, value: bigint): Error {
  return malformed('ELF_VALUE_RANGE', offset, `0x${value.toString(16)} is not an exact integer here`);
}
