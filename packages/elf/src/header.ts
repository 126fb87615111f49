// SPDX-License-Identifier: GPL-2.0-or-later
import type { ByteReader, ByteWriter } from './bytes.ts';
import { EM_X86_64, ET, SHN } from './constants.ts';
import { malformed } from './error.ts';
import { address, type ElfHeader } from './model.ts';

// gABI chapter 4, "ELF Header", for class 64.
export const HEADER_SIZE = 64;
export const SECTION_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const EV_CURRENT = 1;
/** e_phnum of a file whose number of program headers stands in sh_info of section 0. */
export const PN_XNUM = 0xffff;

/** The fields of the ELF header, with those that only say where the tables are. */
export interface RawHeader {
  readonly meaning: ElfHeader;
  readonly programHeaders: { readonly offset: number; readonly count: number };
  readonly sectionHeaders: { readonly offset: number; readonly count: number };
  /** e_shstrndx as it stands. */
  readonly sectionNames: number;
}

/**
 * Reads the ELF header. Numbers with extended encoding (e_shnum 0, e_shstrndx SHN_XINDEX, e_phnum PN_XNUM)
 * are given as they stand; `readSectionHeaders` resolves them.
 *
 * @throws ElfError ELF_NOT_ELF64, ELF_TRUNCATED, ELF_BAD_HEADER
 */
export function readHeader(file: ByteReader): RawHeader {
  if (file.length < 4 || file.u32(0) !== 0x464c457f) throw malformed('ELF_NOT_ELF64', 0, 'no ELF magic');
  file.require(0, HEADER_SIZE, 'the ELF header');
  expect(file.u8(4), ELFCLASS64, 4, 'EI_CLASS');
  expect(file.u8(5), ELFDATA2LSB, 5, 'EI_DATA');
  expect(file.u16(18), EM_X86_64, 18, 'e_machine');
  agree(file.u8(6), EV_CURRENT, 6, 'EI_VERSION');
  agree(file.u32(20), EV_CURRENT, 20, 'e_version');
  agree(file.u16(52), HEADER_SIZE, 52, 'e_ehsize');
  const header: RawHeader = {
    meaning: {
      osabi: file.u8(7),
      abiVersion: file.u8(8),
      type: file.u16(16),
      machine: file.u16(18),
      entry: address(file.s64(24)),
      flags: file.u32(48),
    },
    programHeaders: { offset: file.u64(32), count: file.u16(56) },
    sectionHeaders: { offset: file.u64(40), count: file.u16(60) },
    sectionNames: file.u16(62),
  };
  if (header.sectionHeaders.offset === 0) {
    throw malformed('ELF_BAD_HEADER', 40, 'the file has no section headers');
  }
  agree(file.u16(58), SECTION_HEADER_SIZE, 58, 'e_shentsize');
  if (header.programHeaders.count !== 0) agree(file.u16(54), PROGRAM_HEADER_SIZE, 54, 'e_phentsize');
  return header;
}

/**
 * Refuses a file of another type than the caller reads.
 *
 * @throws ElfError ELF_BAD_HEADER
 */
export function requireType(header: RawHeader, types: readonly number[]): void {
  const { type } = header.meaning;
  if (!types.includes(type)) {
    throw malformed('ELF_BAD_HEADER', 16, `e_type is ${type}, expected ${types.join(' or ')}`);
  }
  // An object is not loaded, and the model has no place for segments: writing would drop them.
  if (type === ET.REL && header.programHeaders.count !== 0) {
    throw malformed('ELF_BAD_HEADER', 56, 'a relocatable object has program headers');
  }
}

/** Bytes that the program headers take; `count` is the resolved number. */
export function programHeadersSize(count: number): number {
  return count * PROGRAM_HEADER_SIZE;
}

/** Writes the header of an object whose section header table is at `table`. */
export function writeHeader(
  file: ByteWriter,
  header: ElfHeader,
  table: { readonly offset: number; readonly count: number; readonly names: number },
): void {
  file.bytes.set([0x7f, 0x45, 0x4c, 0x46, ELFCLASS64, ELFDATA2LSB, EV_CURRENT]);
  file.u8(7, header.osabi);
  file.u8(8, header.abiVersion);
  file.u16(16, header.type);
  file.u16(18, header.machine);
  file.u32(20, EV_CURRENT);
  file.i64(24, header.entry);
  file.i64(40, table.offset);
  file.u32(48, header.flags);
  file.u16(52, HEADER_SIZE);
  file.u16(58, SECTION_HEADER_SIZE);
  file.u16(60, table.count < SHN.LORESERVE ? table.count : 0);
  file.u16(62, table.names < SHN.LORESERVE ? table.names : SHN.XINDEX);
}

function expect(value: number, wanted: number, offset: number, field: string): void {
  if (value !== wanted) throw malformed('ELF_NOT_ELF64', offset, `${field} is ${value}, expected ${wanted}`);
}

function agree(value: number, wanted: number, offset: number, field: string): void {
  if (value !== wanted) throw malformed('ELF_BAD_HEADER', offset, `${field} is ${value}, expected ${wanted}`);
}
