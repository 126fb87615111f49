// SPDX-License-Identifier: GPL-2.0-or-later
import { MAX_NAME_LENGTH, MAX_STRING_TABLE_SIZE } from './bounds.ts';
import { malformed } from './error.ts';

/**
 * The names of a string table (gABI "String Table"). ELF names are bytes, not text: each byte is one
 * character (Latin-1), so that any name survives reading and writing.
 *
 * The table is decoded once; names are slices that share its memory, however they overlap.
 */
export class StringTable {
  readonly #text: string;
  readonly #offset: number;

  /**
   * @param offset where the table is in the file, for messages
   * @throws ElfError ELF_BAD_STRING when the table does not begin and end with a null byte,
   * ELF_TOO_LARGE over MAX_STRING_TABLE_SIZE
   */
  constructor(bytes: Uint8Array, offset: number) {
    if (bytes.length > MAX_STRING_TABLE_SIZE) {
      const reason = `the string table has ${bytes.length} bytes, more than ${MAX_STRING_TABLE_SIZE}`;
      throw malformed('ELF_TOO_LARGE', offset, reason);
    }
    if (bytes.length > 0 && (bytes[0] !== 0 || bytes[bytes.length - 1] !== 0)) {
      throw malformed('ELF_BAD_STRING', offset, 'the string table does not begin and end with a null byte');
    }
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    this.#offset = offset;
  }

  /**
   * The name that begins at byte `start` of the table.
   *
   * @throws ElfError ELF_BAD_STRING outside the table, ELF_TOO_LARGE over MAX_NAME_LENGTH
   */
  at(start: number): string {
    if (start === 0) return '';
    if (start >= this.#text.length) {
      const reason = `string ${start} is outside its table of ${this.#text.length} bytes`;
      throw malformed('ELF_BAD_STRING', this.#offset, reason);
    }
    const end = this.#text.indexOf('\0', start);
    if (end - start > MAX_NAME_LENGTH) {
      const reason = `a name has ${end - start} bytes, more than ${MAX_NAME_LENGTH}`;
      throw malformed('ELF_TOO_LARGE', this.#offset + start, reason);
    }
    return this.#text.slice(start, end);
  }
}

/** Collects names for a string table: each once, in the order in which they were first asked for. */
export class StringTableBuilder {
  readonly #offsets = new Map<string, number>([['', 0]]);
  #size = 1;

  /** The offset of a name in the table. */
  add(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#size;
    this.#offsets.set(name, offset);
    this.#size += name.length + 1;
    return offset;
  }

  /** Bytes of the table. */
  get size(): number {
    return this.#size;
  }

  /** Writes the table to `target`, which has `size` bytes. */
  write(target: Uint8Array): void {
    const buffer = Buffer.from(target.buffer, target.byteOffset, target.length);
    for (const [name, offset] of this.#offsets) buffer.write(name, offset, 'latin1');
  }
}
