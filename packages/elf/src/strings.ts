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

/**
 * A string table to be written. A name that is the end of another shares its bytes, as in the tables that
 * compilers write. That is not thrift alone: names that overlapped in a file that was read would grow
 * without bound if each got bytes of its own.
 */
export class StringTableLayout {
  readonly #offsets = new Map<string, number>([['', 0]]);
  /** Names that have bytes of their own, in the order of the table. */
  readonly #placed: string[] = [''];
  /** Bytes of the table. */
  readonly size: number;

  constructor(names: Iterable<string>) {
    let size = 1;
    let last = '';
    // From the end backwards and descending, a name comes right after those that end in it.
    for (const name of [...new Set(names)].sort(compareFromEnd)) {
      if (name === '') continue;
      if (last.endsWith(name)) {
        this.#offsets.set(name, this.offsetOf(last) + last.length - name.length);
      } else {
        this.#offsets.set(name, size);
        this.#placed.push(name);
        size += name.length + 1;
      }
      last = name;
    }
    this.size = size;
  }

  /** Where a name begins in the table. */
  offsetOf(name: string): number {
    const offset = this.#offsets.get(name);
    if (offset === undefined) throw new RangeError(`${JSON.stringify(name)} is not in the string table`);
    return offset;
  }

  /** Writes the table to `target`, which has `size` bytes. */
  write(target: Uint8Array): void {
    const buffer = Buffer.from(target.buffer, target.byteOffset, target.length);
    for (const name of this.#placed) buffer.write(name, this.offsetOf(name), 'latin1');
  }
}

function compareFromEnd(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let back = 1; back <= shorter; back++) {
    const difference = b.charCodeAt(b.length - back) - a.charCodeAt(a.length - back);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}
