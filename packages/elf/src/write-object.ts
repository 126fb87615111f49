// SPDX-License-Identifier: GPL-2.0-or-later

// Writing an object.
//
// The content of a section depends on others: names become offsets into tables whose size is known only
// when the last name is in, and the section header table comes after all content. So there are two phases
// over the sections in the same order: `reserve` fixes size and place of each, `write` fills them in.
//
// What must hold of an object is written down once, in the reader. The writer does not repeat it: it reads
// back what it wrote, and hands out bytes only when that gives the very object it was given. A number out
// of its range, a link to nowhere or a name with a null byte thus can't get out, and neither can a fault
// of the writer. Cost: reading takes about as long as writing.
//
// Sections are placed at their alignment, but at most at FILE_ALIGN: nothing maps a relocatable object
// into memory, and an object of a few sections with an alignment of 2 MiB must not become huge.

import { ByteWriter } from './bytes.ts';
import { firstDifference } from './compare.ts';
import { SHN } from './constants.ts';
import { ElfError } from './error.ts';
import { writeGroup } from './groups.ts';
import { HEADER_SIZE, SECTION_HEADER_SIZE, writeHeader } from './header.ts';
import { ENTRY_SIZE } from './links.ts';
import type { ElfObject, ElfSection } from './model.ts';
import { readObject } from './read-object.ts';
import { writeRelocations } from './relocation-table.ts';
import { writeSectionHeader } from './section-headers.ts';
import { StringTableLayout } from './strings.ts';
import { writeSectionIndices, writeSymbols } from './symbols.ts';

/** The greatest alignment in the file: a cache line, which is what code and tables ask for. */
const FILE_ALIGN = 64;
const TABLE_ALIGN = 8;

/** Where a section goes. */
interface Reserved {
  readonly section: ElfSection;
  readonly offset: number;
  readonly size: number;
}

interface Layout {
  readonly sections: readonly Reserved[];
  readonly table: number;
  readonly size: number;
}

/** The tables of names, which may be one. */
interface Names {
  readonly sections: StringTableLayout;
  readonly symbols: StringTableLayout;
  /** The section that holds the section names. */
  readonly index: number;
}

/**
 * Writes an object. Tables are encoded anew, string tables included; everything else keeps its bytes.
 * Reading the result gives an equal object, and equal objects give equal bytes.
 *
 * @throws ElfError ELF_UNWRITABLE when there are no bytes that read back as this object; `cause` says why
 */
export function writeObject(object: ElfObject): Uint8Array {
  const names = collectNames(object);
  const layout = reserve(object, names);
  const bytes = write(object, names, layout);
  checkReadable(object, bytes);
  return bytes;
}

function collectNames(object: ElfObject): Names {
  const holder = object.sections.find(({ content }) => content.kind === 'names' && content.of !== 'symbols');
  if (holder === undefined) throw new ElfError('ELF_UNWRITABLE', 'no section holds the section names');
  const sectionNames = object.sections.map(({ name }) => name);
  const symbolNames = object.symbols.map(({ name }) => name);
  if (holder.content.kind === 'names' && holder.content.of === 'sections and symbols') {
    const both = new StringTableLayout([...sectionNames, ...symbolNames]);
    return { sections: both, symbols: both, index: holder.index };
  }
  const sections = new StringTableLayout(sectionNames);
  const symbols = new StringTableLayout(symbolNames);
  return { sections, symbols, index: holder.index };
}

function reserve(object: ElfObject, names: Names): Layout {
  let end = HEADER_SIZE;
  const sections = object.sections.map((section): Reserved => {
    const size = contentSize(object, names, section);
    if (section.content.kind === 'null') return { section, offset: 0, size };
    const offset = alignUp(end, section.align > 1 ? Math.min(section.align, FILE_ALIGN) : 1);
    if (section.content.kind !== 'nobits') end = offset + size;
    return { section, offset, size };
  });
  const table = alignUp(end, TABLE_ALIGN);
  return { sections, table, size: table + sections.length * SECTION_HEADER_SIZE };
}

function contentSize(object: ElfObject, names: Names, { content }: ElfSection): number {
  switch (content.kind) {
    case 'null':
      return 0;
    case 'bytes':
      return content.bytes.length;
    case 'nobits':
      return content.size;
    case 'relocations':
      return content.relocations.length * ENTRY_SIZE.relocations;
    case 'group':
      return (content.members.length + 1) * ENTRY_SIZE.group;
    case 'symbols':
      return object.symbols.length * ENTRY_SIZE.symbols;
    case 'section-indices':
      return object.symbols.length * ENTRY_SIZE['section-indices'];
    case 'names':
      return content.of === 'symbols' ? names.symbols.size : names.sections.size;
  }
}

function write(object: ElfObject, names: Names, layout: Layout): Uint8Array {
  const file = new ByteWriter(layout.size);
  const count = layout.sections.length;
  writeHeader(file, object.header, { offset: layout.table, count, names: names.index });
  for (const reserved of layout.sections) writeContent(file, object, names, reserved);
  for (const [index, { section, offset, size }] of layout.sections.entries()) {
    const at = layout.table + index * SECTION_HEADER_SIZE;
    writeSectionHeader(file, at, {
      ...section,
      offset,
      size,
      nameOffset: names.sections.offsetOf(section.name),
    });
  }
  // gABI "ELF Header": what does not fit there stands in section 0.
  if (count >= SHN.LORESERVE) file.i64(layout.table + 32, count);
  if (names.index >= SHN.LORESERVE) file.u32(layout.table + 40, names.index);
  return file.bytes;
}

function writeContent(
  file: ByteWriter,
  object: ElfObject,
  names: Names,
  { section, offset, size }: Reserved,
): void {
  const { content } = section;
  switch (content.kind) {
    case 'null':
    case 'nobits':
      break;
    case 'bytes':
      file.bytes.set(content.bytes, offset);
      break;
    case 'relocations':
      writeRelocations(file, offset, content.relocations);
      break;
    case 'group':
      writeGroup(file, offset, content);
      break;
    case 'symbols':
      writeSymbols(file, offset, object.symbols, names.symbols);
      break;
    case 'section-indices':
      writeSectionIndices(file, offset, object.symbols);
      break;
    case 'names': {
      const table = content.of === 'symbols' ? names.symbols : names.sections;
      table.write(file.bytes.subarray(offset, offset + size));
    }
  }
}

function checkReadable(object: ElfObject, bytes: Uint8Array): void {
  let difference: string | undefined;
  try {
    difference = firstDifference(object, readObject(bytes));
  } catch (cause) {
    if (!(cause instanceof ElfError)) throw cause;
    throw new ElfError('ELF_UNWRITABLE', `the written object is malformed: ${cause.message}`, { cause });
  }
  if (difference !== undefined) {
    throw new ElfError('ELF_UNWRITABLE', `the written object reads back differently: ${difference}`);
  }
}

function alignUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
