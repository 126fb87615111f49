// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking an object apart.
 *
 * Compilers hand over sections; what changes, and what klp replaces, are functions. A section may hold one
 * function (-ffunction-sections) or many (.sched.text), and what a function refers to may be a symbol, a
 * section plus an offset, a string by offset, or bytes without any name. This pass turns an object into
 * pieces, each with its bytes and its references to other pieces, so that all later steps speak of
 * functions and data only.
 *
 * Example. `lea 0x0(%rip),%rdi` with `R_X86_64_PC32 .rodata.str1.1+0x1c` means, after decoding, the string
 * at 0x20 of that section: the field is 4 bytes before the end of the instruction, and the processor counts
 * from there. The reference becomes {piece: string "%s: bad\n", offset: 0}. Another compilation may put
 * the same string elsewhere; the piece compares equal by content.
 *
 * Passes: extents by symbol; fields by relocation and by decoding; table entries; cut points of what has no
 * name, at each place that something refers to; pieces; references; entries handed to their functions.
 *
 * Limits: a pointer to one past the end of an object is taken as a pointer into it when it has a section of
 * its own, as the compilers' -fdata-sections gives it; in a shared section it is a pointer to what follows.
 *
 * Cost: linear in bytes and relocations; decoding dominates.
 */
import {
  type ElfObject,
  type ElfRelocation,
  type ElfSection,
  indexRelocations,
  type SectionIndex,
} from '@uptide/elf';
import { entriesOf, type RawEntry } from './entries.ts';
import { type Extent, extentsOf, namingSymbols, sectionSize } from './extents.ts';
import { type Field, fieldsOf, type RawTarget } from './fields.ts';
import type { Dissection, Piece, Reference, TableEntry, Target } from './piece.ts';
import { PieceMap } from './piece-map.ts';
import { type Treatment, treatmentOf } from './sections.ts';

/** What is known of a section while an object is taken apart. */
interface Part {
  readonly section: ElfSection;
  readonly treatment: Treatment;
  readonly extents: readonly Extent[];
  readonly fields: readonly Field[];
}

/**
 * Takes a relocatable object apart into pieces.
 *
 * @throws ForgeError OBJECT_RELOCATION_UNKNOWN, OBJECT_TABLE_LAYOUT
 */
export function dissect(object: ElfObject): Dissection {
  const parts = partsOf(object);
  const entries = [...parts.values()].flatMap(({ section, treatment, fields }) =>
    treatment.kind === 'table' ? entriesOf(treatment.table, section, fields) : [],
  );
  const points = cutPoints(parts, entries);
  const pieces = new PieceMap();
  for (const part of parts.values()) {
    if (part.treatment.kind === 'code' || part.treatment.kind === 'data') {
      pieces.addSection(
        part.section,
        part.treatment.kind,
        part.extents,
        points.get(part.section.index) ?? new Set(),
      );
    } else if (part.treatment.kind === 'strings' || part.treatment.kind === 'constants') {
      pieces.addLiterals(part.section, part.treatment.kind, part.extents);
    }
  }
  for (const part of parts.values()) {
    if (part.treatment.kind === 'code' || part.treatment.kind === 'data') {
      attachReferences(pieces, part);
    }
  }
  const orphans = attachEntries(object, pieces, entries);
  return { pieces: pieces.all(), named: pieces.named(), literals: pieces.literals(), orphans };
}

function partsOf(object: ElfObject): Map<SectionIndex, Part> {
  const relocations = indexRelocations(object);
  const symbols = namingSymbols(object);
  const parts = new Map<SectionIndex, Part>();
  for (const section of object.sections) {
    if (section.content.kind !== 'bytes' && section.content.kind !== 'nobits') continue;
    const treatment = treatmentOf(section);
    if (treatment.kind === 'ignored') continue;
    const extents = extentsOf(sectionSize(section), symbols.get(section.index) ?? []);
    const list: readonly ElfRelocation[] = relocations.get(section.index) ?? [];
    const fields = fieldsOf(object, section, list, extents, treatment.kind === 'code');
    parts.set(section.index, { section, treatment, extents, fields });
  }
  return parts;
}

/** Offsets of each section at which something without a name begins, because something refers to it. */
function cutPoints(
  parts: ReadonlyMap<SectionIndex, Part>,
  entries: readonly RawEntry[],
): Map<SectionIndex, Set<number>> {
  const points = new Map<SectionIndex, Set<number>>();
  const add = (section: ElfSection, offset: number): void => {
    const set = points.get(section.index);
    if (set === undefined) points.set(section.index, new Set([offset]));
    else set.add(offset);
  };
  for (const { fields } of parts.values()) {
    for (const { target } of fields) if (target.kind === 'section') add(target.section, target.offset);
  }
  for (const { bytes, fields, layout } of entries) {
    const { code } = layout;
    if (code === undefined) continue;
    const target = fields.find(({ at }) => at === code.reference)?.target;
    if (target?.kind === 'section') add(target.section, target.offset + (bytes[code.length] ?? 0));
  }
  return points;
}

function attachReferences(pieces: PieceMap, part: Part): void {
  const list = pieces.inSection(part.section.index);
  let i = 0;
  for (const piece of list) {
    const references: Reference[] = [];
    for (; i < part.fields.length; i++) {
      const field = part.fields[i];
      if (field === undefined || field.at >= piece.end) break;
      if (field.at >= piece.start) references.push(referenceOf(pieces, field, piece.start));
    }
    piece.references = references;
  }
}

function referenceOf(pieces: PieceMap, field: Field, origin: number): Reference {
  const { at, type, width, base, branch, implicit } = field;
  return { at: at - origin, type, width, base, branch, implicit, target: targetOf(pieces, field.target) };
}

function targetOf(pieces: PieceMap, target: RawTarget): Target {
  if (target.kind === 'external') return target;
  const { piece, offset } = pieces.resolve(target.section, target.offset);
  return { kind: 'piece', piece, offset };
}

/** Gives each entry to the function that it speaks of; returns those that speak of none. */
function attachEntries(object: ElfObject, pieces: PieceMap, entries: readonly RawEntry[]): TableEntry[] {
  const owned = new Map<Piece, TableEntry[]>();
  const orphans: TableEntry[] = [];
  for (const raw of entries) {
    const references = entryReferences(pieces, raw);
    const owner = references[0]?.target;
    const entry: TableEntry = {
      table: raw.table,
      section: raw.section,
      ownerOffset: owner?.offset ?? 0,
      layout: raw.layout,
      bytes: raw.bytes,
      references,
      companion: companionOf(object, raw),
    };
    if (owner?.kind !== 'piece') {
      orphans.push(entry);
      continue;
    }
    if (raw.table.section === '__mcount_loc') owner.piece.traced = true;
    const list = owned.get(owner.piece);
    if (list === undefined) owned.set(owner.piece, [entry]);
    else list.push(entry);
  }
  for (const [piece, list] of owned) piece.entries = list;
  return orphans;
}

/**
 * The references of an entry. Code of length zero is nowhere: the offset that the entry holds is where other
 * code begins, which has nothing to do with it. It is taken as a reference to the entry's own place.
 */
function entryReferences(pieces: PieceMap, { bytes, fields, layout }: RawEntry): Reference[] {
  const { code } = layout;
  const [place] = fields;
  const empty = code !== undefined && bytes[code.length] === 0;
  return fields.map((field) => {
    const nowhere = empty && place !== undefined && field.at === code.reference;
    return referenceOf(pieces, nowhere ? { ...field, target: place.target } : field, 0);
  });
}

function companionOf(object: ElfObject, entry: RawEntry): Uint8Array | undefined {
  const { companion } = entry.table;
  if (companion === undefined) return undefined;
  const section = object.sections.find(({ name }) => name === companion.section);
  if (section?.content.kind !== 'bytes') return undefined;
  const index = entry.start / entry.layout.stride;
  return section.content.bytes.subarray(index * companion.stride, (index + 1) * companion.stride);
}
