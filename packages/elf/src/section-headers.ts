// SPDX-License-Identifier: GPL-2.0-or-later
import { MAX_ALIGN, MAX_NOBITS_SIZE } from './bounds.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { SHF, SHN, SHT } from './constants.ts';
import { malformed } from './error.ts';
import { PN_XNUM, type RawHeader, SECTION_HEADER_SIZE } from './header.ts';
import { type Address, address, type SectionIndex, sectionIndex } from './model.ts';
import { StringTable } from './strings.ts';

/** A section header (gABI figure 4-8) with its name; `offset` and `size` lie in the file. */
export interface SectionHeader {
  readonly index: SectionIndex;
  /** Where the header itself is in the file. */
  readonly at: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: Address;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entrySize: number;
}

/** The section header table and what its extended numbering says. */
export interface SectionHeaders {
  readonly headers: readonly SectionHeader[];
  readonly names: SectionIndex;
  readonly programHeaders: number;
}

/**
 * Reads the section header table and the names of the sections.
 *
 * Numbers that don't fit the ELF header stand in section 0 (gABI "ELF Header"): the number of sections in
 * sh_size, e_shstrndx in sh_link, e_phnum in sh_info.
 *
 * @throws ElfError ELF_TRUNCATED, ELF_BAD_HEADER, ELF_BAD_SECTION, ELF_BAD_STRING, ELF_TOO_LARGE,
 * ELF_VALUE_RANGE
 */
export function readSectionHeaders(file: ByteReader, header: RawHeader): SectionHeaders {
  const { offset } = header.sectionHeaders;
  file.require(offset, SECTION_HEADER_SIZE, 'the section header table');
  const first = readRaw(file, offset, 0, '');
  const count = extended(header.sectionHeaders.count, 0, first.size, 60, 'e_shnum');
  const names = extended(header.sectionNames, SHN.XINDEX, first.link, 62, 'e_shstrndx');
  const programHeaders = header.programHeaders.count === PN_XNUM ? first.info : header.programHeaders.count;
  checkFirst(first, header);
  file.require(offset, count * SECTION_HEADER_SIZE, `the section header table of ${count} entries`);
  if (names === SHN.UNDEF || names >= count) {
    throw malformed('ELF_BAD_HEADER', 62, `section ${names}, of ${count}, can't hold the section names`);
  }

  const table = readNames(file, readRaw(file, offset + names * SECTION_HEADER_SIZE, names, ''));
  const headers: SectionHeader[] = [{ ...first, size: 0, link: 0, info: 0 }];
  for (let index = 1; index < count; index++) {
    const at = offset + index * SECTION_HEADER_SIZE;
    const raw = readRaw(file, at, index, table.at(file.u32(at)));
    checkSection(file, raw, count);
    headers.push(raw);
  }
  return { headers, names: sectionIndex(names), programHeaders };
}

/** How a message calls a section. */
export function describeSection(section: { readonly index: number; readonly name: string }): string {
  return `section ${section.index} (${JSON.stringify(section.name)})`;
}

/** Whether a section's content is in the file. */
export function hasContent(section: SectionHeader): boolean {
  return section.type !== SHT.NULL && section.type !== SHT.NOBITS;
}

/** Writes one section header. */
export function writeSectionHeader(
  file: ByteWriter,
  at: number,
  section: Omit<SectionHeader, 'index' | 'at' | 'name'> & { readonly nameOffset: number },
): void {
  file.u32(at, section.nameOffset);
  file.u32(at + 4, section.type);
  file.i64(at + 8, section.flags);
  file.i64(at + 16, section.address);
  file.i64(at + 24, section.offset);
  file.i64(at + 32, section.size);
  file.u32(at + 40, section.link);
  file.u32(at + 44, section.info);
  file.i64(at + 48, section.align);
  file.i64(at + 56, section.entrySize);
}

function readRaw(file: ByteReader, at: number, index: number, name: string): SectionHeader {
  return {
    index: sectionIndex(index),
    at,
    name,
    type: file.u32(at + 4),
    flags: file.u64(at + 8),
    address: address(file.s64(at + 16)),
    offset: file.u64(at + 24),
    size: file.u64(at + 32),
    link: file.u32(at + 40),
    info: file.u32(at + 44),
    align: file.u64(at + 48),
    entrySize: file.u64(at + 56),
  };
}

/** A number of the ELF header, or, where that has the value `deferred`, the one in section 0. */
function extended(
  value: number,
  deferred: number,
  inSection0: number,
  offset: number,
  field: string,
): number {
  if (value !== deferred) {
    if (value < SHN.LORESERVE) return value;
    throw malformed('ELF_BAD_HEADER', offset, `${field} has the reserved value ${value}`);
  }
  if (inSection0 >= SHN.LORESERVE) return inSection0;
  const reason = `${field} refers to section 0, whose value ${inSection0} would have fitted into the header`;
  throw malformed('ELF_BAD_HEADER', offset, reason);
}

function checkFirst(first: SectionHeader, header: RawHeader): void {
  const unused =
    first.type === SHT.NULL &&
    first.flags === 0 &&
    first.address === 0 &&
    first.offset === 0 &&
    first.align === 0 &&
    first.entrySize === 0 &&
    (first.size === 0 || header.sectionHeaders.count === 0) &&
    (first.link === 0 || header.sectionNames === SHN.XINDEX) &&
    (first.info === 0 || header.programHeaders.count === PN_XNUM);
  if (!unused) throw malformed('ELF_BAD_SECTION', first.at, 'section 0 is not empty');
}

function readNames(file: ByteReader, section: SectionHeader): StringTable {
  if (section.type !== SHT.STRTAB) {
    throw malformed('ELF_BAD_HEADER', 62, `section ${section.index} is no string table`);
  }
  file.require(section.offset, section.size, 'the table of section names');
  return new StringTable(file.bytes.subarray(section.offset, section.offset + section.size), section.offset);
}

function checkSection(file: ByteReader, section: SectionHeader, count: number): void {
  const { at, align, size, link } = section;
  const what = describeSection(section);
  if (align > MAX_ALIGN) {
    throw malformed('ELF_TOO_LARGE', at + 48, `${what} has alignment ${align}, more than ${MAX_ALIGN}`);
  }
  if ((align & (align - 1)) !== 0) {
    throw malformed('ELF_BAD_SECTION', at + 48, `${what} has alignment ${align}, which is no power of two`);
  }
  if (link >= count) throw malformed('ELF_BAD_SECTION', at + 40, `${what} has a link to section ${link}`);
  if ((section.flags & SHF.INFO_LINK) !== 0 && section.info >= count) {
    throw malformed('ELF_BAD_SECTION', at + 44, `${what} has information on section ${section.info}`);
  }
  if (section.type === SHT.NOBITS) {
    if (size > MAX_NOBITS_SIZE) {
      throw malformed('ELF_TOO_LARGE', at + 32, `${what} has ${size} bytes, more than ${MAX_NOBITS_SIZE}`);
    }
  } else if (section.type === SHT.NULL) {
    if (size !== 0) throw malformed('ELF_BAD_SECTION', at + 32, `${what} is inactive but has ${size} bytes`);
  } else file.require(section.offset, size, what);
}
