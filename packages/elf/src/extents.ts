// SPDX-License-Identifier: GPL-2.0-or-later
import { malformed } from './error.ts';
import { HEADER_SIZE, programHeadersSize, type RawHeader, SECTION_HEADER_SIZE } from './header.ts';
import { describeSection, hasContent, type SectionHeaders } from './section-headers.ts';

/** A part of the file that belongs to one header, table or section. */
interface Extent {
  readonly start: number;
  readonly end: number;
  readonly what: () => string;
}

/**
 * Makes sure that no byte of the file belongs to two things. Sections that share bytes would no longer
 * do so once written, and a table over a table is how a file lies about its content.
 *
 * @throws ElfError ELF_BAD_SECTION
 */
export function checkExtents(header: RawHeader, { headers, programHeaders }: SectionHeaders): void {
  const extents: Extent[] = [
    extent(0, HEADER_SIZE, () => 'the ELF header'),
    extent(
      header.sectionHeaders.offset,
      headers.length * SECTION_HEADER_SIZE,
      () => 'the section header table',
    ),
  ];
  if (programHeaders > 0) {
    const size = programHeadersSize(programHeaders);
    extents.push(extent(header.programHeaders.offset, size, () => 'the program headers'));
  }
  for (const section of headers) {
    if (hasContent(section) && section.size > 0) {
      extents.push(extent(section.offset, section.size, () => describeSection(section)));
    }
  }
  extents.sort((a, b) => a.start - b.start);
  let last: Extent | undefined;
  for (const next of extents) {
    if (last !== undefined && next.start < last.end) {
      throw malformed('ELF_BAD_SECTION', next.start, `${next.what()} overlaps ${last.what()}`);
    }
    last = next;
  }
}

function extent(start: number, size: number, what: () => string): Extent {
  return { start, end: start + size, what };
}
