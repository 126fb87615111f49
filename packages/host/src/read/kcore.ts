// SPDX-License-Identifier: GPL-2.0-or-later
import { type Address, formatAddress } from '@uptide/elf';
import { HostError } from '../error.ts';

/** A run of memory that `/proc/kcore` shows. With five-level paging its numbers need more than 53 bits. */
export interface MemorySegment {
  /** Signed, as `Address`. */
  readonly address: bigint;
  readonly size: bigint;
  readonly offset: bigint;
}

/** Where the table of segments lies in the file. */
export interface SegmentTable {
  readonly offset: number;
  readonly size: number;
}

// gABI chapter 4, "ELF Header", and chapter 5, "Program Header", for class 64.
export const ELF_HEADER_SIZE = 64;
const ENTRY_SIZE = 56;
const IDENT = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
const ET_CORE = 4;
const EM_X86_64 = 62;
const PT_LOAD = 1;
/** The kernel puts the table right behind the header (fs/proc/kcore.c, read_kcore_iter). */
const MAX_TABLE_OFFSET = 4096;
/** 65,535 means that the number stands elsewhere, which kcore never does. */
const PN_XNUM = 0xffff;

/**
 * Reads the ELF header of `/proc/kcore`.
 *
 * @throws HostError HOST_UNREADABLE when this is no core of a 64-bit kernel.
 */
export function readCoreHeader(bytes: Uint8Array): SegmentTable {
  const head = view(bytes);
  if (head.length < ELF_HEADER_SIZE || !head.subarray(0, IDENT.length).equals(IDENT)) {
    throw unreadable('this is no 64-bit ELF file', 0);
  }
  if (head.readUInt16LE(16) !== ET_CORE) throw unreadable('this is no core file', 16);
  if (head.readUInt16LE(18) !== EM_X86_64) throw unreadable('this is not of an x86-64 kernel', 18);
  const offset = head.readBigUInt64LE(32);
  const count = head.readUInt16LE(56);
  if (head.readUInt16LE(54) !== ENTRY_SIZE) throw unreadable('program headers have an unknown size', 54);
  if (offset < ELF_HEADER_SIZE || offset > MAX_TABLE_OFFSET) {
    throw unreadable('the program headers are not behind the header', 32);
  }
  if (count === 0 || count === PN_XNUM) throw unreadable(`there are ${count} program headers`, 56);
  return { offset: Number(offset), size: count * ENTRY_SIZE };
}

/**
 * Reads the program headers of `/proc/kcore`, all of them.
 *
 * @throws HostError HOST_UNREADABLE when the last is cut off or a segment leaves the address space.
 */
export function readSegments(bytes: Uint8Array): MemorySegment[] {
  const table = view(bytes);
  if (table.length % ENTRY_SIZE !== 0) throw unreadable('the program headers are cut off', table.length);
  const segments: MemorySegment[] = [];
  for (let at = 0; at < table.length; at += ENTRY_SIZE) {
    if (table.readUInt32LE(at) !== PT_LOAD) continue;
    const segment = {
      offset: table.readBigUInt64LE(at + 8),
      address: table.readBigInt64LE(at + 16),
      size: table.readBigUInt64LE(at + 40),
    };
    if (BigInt.asUintN(64, segment.address) + segment.size > 2n ** 64n) {
      throw unreadable('a segment leaves the address space', at);
    }
    // A position in a file is a signed 64-bit number (off_t).
    if (segment.offset + segment.size >= 2n ** 63n) throw unreadable('a segment leaves the file', at);
    segments.push(segment);
  }
  return segments;
}

/** Where in the file a run of memory lies; undefined when no one segment holds all of it. */
export function locate(segments: readonly MemorySegment[], start: Address, size: number): bigint | undefined {
  const from = BigInt.asUintN(64, BigInt(start));
  for (const { address, size: length, offset } of segments) {
    const into = from - BigInt.asUintN(64, address);
    if (into >= 0n && into + BigInt(size) <= length) return offset + into;
  }
  return undefined;
}

/** Says which memory is not there. */
export function notShown(start: Address, size: number): string {
  return `/proc/kcore does not show the ${size} bytes at ${formatAddress(start)}`;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function unreadable(reason: string, offset: number): HostError {
  return new HostError('HOST_UNREADABLE', reason, { place: { file: '/proc/kcore', offset } });
}
