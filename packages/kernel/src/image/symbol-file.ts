// SPDX-License-Identifier: GPL-2.0-or-later
import { crc32 } from 'node:zlib';
import { KernelError } from '../error.ts';
import type { SymbolColumns } from './kallsyms.ts';
import { KallsymsTable } from './symbol-table.ts';

// The kept form of a symbol table: the columns as they are in memory, so that it loads without a copy.
//
//   0   "UPTSYMS1"       magic and version
//   8   u32 count
//   12  u32 name bytes
//   16  u32 CRC-32 of all that follows the header
//   20  u32 0
//   24  f64[count] addresses, u32[count + 1] name offsets, u8[count] types, u8[name bytes] names
//
// Numbers are little-endian, which every machine is that runs an x86-64 kernel's tools.

const MAGIC = 'UPTSYMS1';
const HEADER_SIZE = 24;

/** Writes a symbol table for `parseSymbols`; the same table gives the same bytes. */
export function serialiseSymbols(table: KallsymsTable): Uint8Array {
  const { count, addresses, nameOffsets, types, names } = table.columns;
  const body = Buffer.concat([bytesOf(addresses), bytesOf(nameOffsets), types, names]);
  const header = Buffer.alloc(HEADER_SIZE);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(count, 8);
  header.writeUInt32LE(names.length, 12);
  header.writeUInt32LE(crc32(body), 16);
  return Buffer.concat([header, body]);
}

/**
 * Reads what `serialiseSymbols` has written.
 *
 * @throws KernelError KALLSYMS_BAD_CACHE when it is of another version, cut short or changed.
 */
export function parseSymbols(file: Uint8Array): KallsymsTable {
  // The columns are views of numbers, which must begin at a multiple of their size.
  const bytes = file.byteOffset % 8 === 0 ? file : Uint8Array.from(file);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < HEADER_SIZE || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new KernelError('KALLSYMS_BAD_CACHE', 'the symbol table does not begin with its mark');
  }
  const count = buffer.readUInt32LE(8);
  const nameBytes = buffer.readUInt32LE(12);
  const expected = HEADER_SIZE + count * 8 + (count + 1) * 4 + count + nameBytes;
  if (buffer.length !== expected) {
    throw new KernelError(
      'KALLSYMS_BAD_CACHE',
      `the symbol table has ${buffer.length} bytes, not ${expected}`,
    );
  }
  if (crc32(buffer.subarray(HEADER_SIZE)) !== buffer.readUInt32LE(16)) {
    throw new KernelError('KALLSYMS_BAD_CACHE', 'the checksum of the symbol table is wrong');
  }
  const offsetsAt = bytes.byteOffset + HEADER_SIZE + count * 8;
  const typesAt = HEADER_SIZE + count * 8 + (count + 1) * 4;
  const columns: SymbolColumns = {
    count,
    addresses: new Float64Array(bytes.buffer, bytes.byteOffset + HEADER_SIZE, count),
    nameOffsets: new Uint32Array(bytes.buffer, offsetsAt, count + 1),
    types: bytes.subarray(typesAt, typesAt + count),
    names: bytes.subarray(typesAt + count),
  };
  return new KallsymsTable(columns);
}

function bytesOf(numbers: Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
