// SPDX-License-Identifier: GPL-2.0-or-later
import { ET } from './constants.ts';
import { checkExtents } from './extents.ts';
import { programHeadersSize, readHeader, requireType } from './header.ts';
import type { ElfImage } from './model.ts';
import { openFile, plainContent, toSection } from './read-object.ts';
import { readSectionHeaders } from './section-headers.ts';

/**
 * Reads a linked image (ET_EXEC or ET_DYN), such as the `vmlinux` inside a bzImage. Its tables are left
 * as bytes, which are views onto `bytes`.
 *
 * @throws ElfError with the offset in the file and what is wrong there
 */
export function readImage(bytes: Uint8Array): ElfImage {
  const file = openFile(bytes);
  const header = readHeader(file);
  requireType(header, [ET.EXEC, ET.DYN]);
  const sections = readSectionHeaders(file, header);
  const size = programHeadersSize(sections.programHeaders);
  if (size > 0) file.require(header.programHeaders.offset, size, 'the program headers');
  checkExtents(header, sections);
  return {
    header: header.meaning,
    sections: sections.headers.map((section) => toSection(section, plainContent(file, section))),
  };
}
