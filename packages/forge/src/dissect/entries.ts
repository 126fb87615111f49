// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfSection } from '@uptide/elf';
import { ForgeError } from '../error.ts';
import type { Field } from './fields.ts';
import type { EntryLayout, SpecialTable } from './tables/table.ts';

/** An entry of a table before pieces exist. */
export interface RawEntry {
  readonly table: SpecialTable;
  readonly section: ElfSection;
  readonly layout: EntryLayout;
  /** Bytes from the start of the section. */
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
}

/**
 * Divides a table into entries. Kernels have changed the layouts; the one is taken under which every entry
 * has a relocation at exactly the fields that hold addresses, so nothing is guessed from a version.
 *
 * @throws ForgeError OBJECT_TABLE_LAYOUT when no known layout fits.
 */
export function entriesOf(table: SpecialTable, section: ElfSection, fields: readonly Field[]): RawEntry[] {
  if (section.content.kind !== 'bytes') {
    throw new ForgeError('OBJECT_TABLE_LAYOUT', 'the table has no content', {
      place: { section: section.name },
    });
  }
  const { bytes } = section.content;
  const layout = table.layouts.find((candidate) => fits(candidate, bytes.length, fields));
  if (layout === undefined) {
    throw new ForgeError(
      'OBJECT_TABLE_LAYOUT',
      `${bytes.length} bytes with ${fields.length} relocations fit none of the known layouts (${table.layouts
        .map(({ stride, references }) => `${stride} bytes with ${references.length}`)
        .join(', ')})`,
      { place: { section: section.name } },
    );
  }
  const { stride, references } = layout;
  return Array.from({ length: Math.ceil(bytes.length / stride) }, (_, i) => {
    const entry = entryAt(bytes, i * stride, stride);
    const own = fields
      .slice(i * references.length, (i + 1) * references.length)
      .map((field) => ({ ...field, at: field.at - i * stride }));
    return {
      table,
      section,
      layout,
      start: i * stride,
      bytes: entry,
      fields: withoutEmptyCode(layout, entry, own),
    };
  });
}

/**
 * Code of length zero is nowhere: the offset that the entry holds is where other code begins, which has nothing
 * to do with it and must not go along with it. It is taken as a reference to the entry's own place.
 */
function withoutEmptyCode(
  { code }: EntryLayout,
  entry: Uint8Array,
  fields: readonly Field[],
): readonly Field[] {
  const [place] = fields;
  if (code === undefined || place === undefined || entry[code.length] !== 0) return fields;
  return fields.map((field) => (field.at === code.reference ? { ...field, target: place.target } : field));
}

/** The bytes of an entry; what the assembler saved of the last one's padding is there again. */
function entryAt(bytes: Uint8Array, start: number, stride: number): Uint8Array {
  const entry = bytes.subarray(start, start + stride);
  if (entry.length === stride) return entry;
  const padded = new Uint8Array(stride);
  padded.set(entry);
  return padded;
}

function fits(layout: EntryLayout, size: number, fields: readonly Field[]): boolean {
  const count = Math.ceil(size / layout.stride);
  if (count * layout.stride - size > (layout.padding ?? 0)) return false;
  if (fields.length !== count * layout.references.length) return false;
  return fields.every((field, i) => {
    const entry = Math.floor(i / layout.references.length);
    return field.at === entry * layout.stride + (layout.references[i % layout.references.length] ?? -1);
  });
}
