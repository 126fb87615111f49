// SPDX-License-Identifier: GPL-2.0-or-later

// Fuzz target of the reader and the writer. What must hold of any bytes:
// - nothing but ElfError is thrown, and it says where;
// - the number of fields read stays in proportion to the file (counted, since a clock would say little);
// - what was read is no more than the file holds: the entries of all tables fit into it side by side;
// - what was read can be written, in the size of the file plus alignment, and reads back equal.

import assert from 'node:assert/strict';
import {
  type ElfCode,
  ElfError,
  type ElfObject,
  readImage,
  readObject,
  writeObject,
} from '../../src/index.ts';
import { rawElf, sample } from '../support/raw-elf.ts';

/** Inputs that reach deep into the reader. */
export const seeds: readonly Uint8Array[] = [rawElf(sample().file)];

/** Tries one input: the code with which it is refused, or undefined when it is an object. */
export function target(bytes: Uint8Array): ElfCode | undefined {
  const { reads, value: result } = countReads(() => {
    attempt(() => readImage(bytes));
    return attempt(() => readObject(bytes));
  });
  assert.ok(reads <= 64 + bytes.length, `${reads} reads of ${bytes.length} bytes`);
  if (typeof result === 'string') return result;
  checkObject(bytes, result);
  return undefined;
}

function attempt<T>(read: () => T): T | ElfCode {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    assert.equal(typeof error.place.offset, 'number');
    return error.code;
  }
}

function checkObject(bytes: Uint8Array, object: ElfObject): void {
  assert.ok(leastSize(object) <= bytes.length, 'more was read than the file holds');
  const written = attempt(() => writeObject(object));
  assert.ok(typeof written !== 'string', 'what was read cannot be written');
  assert.ok(written.length <= bytes.length + 64 * object.sections.length, 'the written file grew');
}

const GETTERS = ['getUint8', 'getUint16', 'getUint32', 'getInt32'] as const;

/** Counts the fields that `action` reads of a DataView. */
function countReads<T>(action: () => T): { readonly reads: number; readonly value: T } {
  const originals = GETTERS.map((name) => [name, DataView.prototype[name]] as const);
  let reads = 0;
  for (const [name, original] of originals) {
    DataView.prototype[name] = function counted(this: DataView, offset: number, little?: boolean): number {
      reads++;
      return original.call(this, offset, little);
    };
  }
  try {
    return { value: action(), reads };
  } finally {
    for (const [name, original] of originals) DataView.prototype[name] = original;
  }
}

/** Bytes that the decoded tables and contents of an object take in a file at least. */
function leastSize(object: ElfObject): number {
  let size = 64 + object.sections.length * 64 + (object.symbols.length - 1) * 24;
  for (const { content } of object.sections) {
    if (content.kind === 'bytes') size += content.bytes.length;
    else if (content.kind === 'relocations') size += content.relocations.length * 24;
    else if (content.kind === 'group') size += (content.members.length + 1) * 4;
  }
  return size;
}
