// SPDX-License-Identifier: GPL-2.0-or-later
import { MAX_FILE_SIZE } from './bounds.ts';
import { ByteReader } from './bytes.ts';
import { ET, SHT } from './constants.ts';
import { malformed } from './error.ts';
import { checkExtents } from './extents.ts';
import { type Group, readGroups } from './groups.ts';
import { readHeader, requireType } from './header.ts';
import { findTables, type Tables } from './links.ts';
import type { ElfObject, ElfSection, SectionContent, SectionIndex } from './model.ts';
import { readRelocations } from './relocation-table.ts';
import { readSectionHeaders, type SectionHeader } from './section-headers.ts';
import { readSymbols } from './symbols.ts';

/**
 * Reads a relocatable object for x86-64 (ET_REL). What is returned was checked in full: every index names
 * something that exists, every range lies in the file, and no two share a byte. Bytes of sections are
 * views onto `bytes`, names share one copy of their table.
 *
 * @throws ElfError with the offset in the file and what is wrong there
 */
export function readObject(bytes: Uint8Array): ElfObject {
  const file = openFile(bytes);
  const header = readHeader(file);
  requireType(header, [ET.REL]);
  const sections = readSectionHeaders(file, header);
  checkExtents(header, sections);
  const { headers } = sections;
  const tables = findTables(sections);
  const symbols = readSymbols(file, headers, tables);
  const groups = readGroups(file, headers, symbols.length);
  return {
    header: header.meaning,
    sections: headers.map((section) =>
      toSection(section, readContent(file, headers, tables, groups, section, symbols.length)),
    ),
    symbols,
  };
}

/** @throws ElfError ELF_TOO_LARGE */
export function openFile(bytes: Uint8Array): ByteReader {
  if (bytes.length > MAX_FILE_SIZE) {
    throw malformed('ELF_TOO_LARGE', 0, `the file has ${bytes.length} bytes, more than ${MAX_FILE_SIZE}`);
  }
  return new ByteReader(bytes);
}

/** The section of the model for a header. */
export function toSection(header: SectionHeader, content: SectionContent): ElfSection {
  return {
    index: header.index,
    name: header.name,
    type: header.type,
    flags: header.flags,
    address: header.address,
    align: header.align,
    entrySize: header.entrySize,
    link: header.link,
    info: header.info,
    content,
  };
}

/** The content of a section that is not decoded. */
export function plainContent(file: ByteReader, section: SectionHeader): SectionContent {
  if (section.type === SHT.NULL) return { kind: 'null' };
  if (section.type === SHT.NOBITS) return { kind: 'nobits', size: section.size };
  return { kind: 'bytes', bytes: file.bytes.subarray(section.offset, section.offset + section.size) };
}

function readContent(
  file: ByteReader,
  headers: readonly SectionHeader[],
  tables: Tables,
  groups: ReadonlyMap<SectionIndex, Group>,
  section: SectionHeader,
  symbolCount: number,
): SectionContent {
  if (section === tables.symbols) return { kind: 'symbols' };
  if (section === tables.sectionIndices) return { kind: 'section-indices' };
  if (section === tables.sectionNames) {
    return { kind: 'names', of: section === tables.symbolNames ? 'sections and symbols' : 'sections' };
  }
  if (section === tables.symbolNames) return { kind: 'names', of: 'symbols' };
  const group = groups.get(section.index);
  if (group !== undefined) return { kind: 'group', ...group };
  const target = headers[section.info];
  if (section.type === SHT.RELA && target !== undefined) {
    return { kind: 'relocations', relocations: readRelocations(file, section, target, symbolCount) };
  }
  return plainContent(file, section);
}
