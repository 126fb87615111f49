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
  SHF,
  STB,
} from '@uptide/elf';
import { ForgeError } from '../error.ts';
import { entriesOf, type RawEntry } from './entries.ts';
import { type Extent, extentsOf, namingSymbols, sectionSize } from './extents.ts';
import { type Field, fieldsOf, type RawTarget } from './fields.ts';
import type { Dissection, Piece, Reference, TableEntry, Target } from './piece.ts';
import { PieceMap } from './piece-map.ts';
import { type Treatment, treatmentOf } from './sections.ts';
import { completeUnwindStarts } from './unwind-starts.ts';

/** What is known of a section while an object is taken apart. */
interface Part {
  readonly section: ElfSection;
  readonly treatment: Treatment;
  readonly extents: readonly Extent[];
  readonly fields: readonly Field[];
  readonly barriers: ReadonlySet<number>;
}

/**
 * Takes a relocatable object apart into pieces.
 *
 * @throws ForgeError OBJECT_RELOCATION_UNKNOWN, OBJECT_SECTION_UNKNOWN, OBJECT_TABLE_LAYOUT
 */
export function dissect(object: ElfObject): Dissection {
  const parts = partsOf(object);
  const entries = parts.flatMap(({ section, treatment, fields }) =>
    treatment.kind === 'table' ? entriesOf(treatment.table, section, fields) : [],
  );
  const references = referredPlaces(parts, entries);
  const pieces = new PieceMap();
  for (const { section, treatment, extents, fields, barriers } of parts) {
    if (treatment.kind === 'code' || treatment.kind === 'data') {
      const { offsets, exact } = references.get(section.index) ?? NOWHERE;
      const points = [...offsets].sort((a, b) => a - b);
      pieces.addSection(section, treatment.kind, extents, {
        points,
        exact,
        barriers,
        occupied: fields.filter(({ implicit }) => !implicit).map(({ at }) => at),
      });
    } else if (treatment.kind === 'strings' || treatment.kind === 'constants') {
      pieces.addLiterals(section, treatment.kind);
    }
  }
  for (const part of parts) {
    if (part.treatment.kind === 'code' || part.treatment.kind === 'data') attachReferences(pieces, part);
  }
  const orphans = attachEntries(object, pieces, entries);
  completeUnwindStarts(pieces.all());
  return { pieces: pieces.all(), named: pieces.named(), literals: pieces.literals(), orphans };
}

function partsOf(object: ElfObject): Part[] {
  const relocations = indexRelocations(object);
  const symbols = namingSymbols(object);
  const parts: Part[] = [];
  for (const section of object.sections) {
    if (section.content.kind !== 'bytes' && section.content.kind !== 'nobits') {
      refuseLoaded(section);
      continue;
    }
    const list: readonly ElfRelocation[] = relocations.get(section.index) ?? [];
    const names = symbols.get(section.index) ?? [];
    const treatment = treatmentOf(section, {
      relocated: list.length > 0,
      exported: names.some(({ bind }) => bind !== STB.LOCAL),
    });
    if (treatment.kind === 'ignored') continue;
    const extents = extentsOf(sectionSize(section), names);
    const code = treatment.kind === 'code';
    parts.push({ section, treatment, extents, ...fieldsOf(object, section, list, extents, code) });
  }
  return parts;
}

/** A symbol table or relocations that the kernel would load belong to no object that a compiler made. */
function refuseLoaded(section: ElfSection): void {
  if ((section.flags & SHF.ALLOC) === 0) return;
  throw new ForgeError(
    'OBJECT_SECTION_UNKNOWN',
    `${section.name} is a ${section.content.kind} section to be loaded`,
    {
      place: { section: section.name },
    },
  );
}

/** The offsets of a section that something refers to. */
interface Places {
  readonly offsets: Set<number>;
  /** Whether entries of tables say how long each thing there is. */
  exact: boolean;
}

const NOWHERE: Places = { offsets: new Set(), exact: false };

/** Offsets of each section at which something without a name may begin, because something refers to it. */
function referredPlaces(parts: readonly Part[], entries: readonly RawEntry[]): Map<SectionIndex, Places> {
  const bySection = new Map<SectionIndex, Places>();
  const add = (section: ElfSection, offset: number, exact: boolean): void => {
    const known = bySection.get(section.index);
    if (known === undefined) {
      bySection.set(section.index, { offsets: new Set([offset]), exact });
    } else {
      known.offsets.add(offset);
      if (exact) known.exact = true;
    }
  };
  for (const { fields, treatment } of parts) {
    // How to unwind is said of padding too, where each run of functions ends.
    if (treatment.kind === 'table' && treatment.table.fate === 'derived') continue;
    for (const { target, implicit } of fields) {
      // Jumps within unnamed code are as likely loops.
      if (target.kind === 'section' && !implicit) add(target.section, target.offset, false);
    }
  }
  for (const { bytes, fields, layout } of entries) {
    const { code } = layout;
    if (code === undefined) continue;
    const target = fields.find(({ at }) => at === code.reference)?.target;
    if (target?.kind === 'section') add(target.section, target.offset + (bytes[code.length] ?? 0), true);
  }
  return bySection;
}

function attachReferences(pieces: PieceMap, part: Part): void {
  const list = pieces.inSection(part.section.index);
  let i = 0;
  for (const piece of list) {
    const references: Reference[] = [];
    for (; i < part.fields.length; i++) {
      const field = part.fields[i];
      if (field === undefined || field.at >= piece.end) break;
      if (field.at < piece.start || staysInside(field, piece)) continue;
      if (piece.bytes === undefined || field.at + field.width > piece.end) refuseField(field, part.section);
      references.push(referenceOf(pieces, field, piece.start));
    }
    piece.references = references;
  }
}

function refuseField({ at }: Field, { name }: ElfSection): never {
  throw new ForgeError('OBJECT_RELOCATION_UNKNOWN', 'a relocated field is not inside of one piece', {
    place: { section: name, offset: at },
  });
}

/** A distance that the assembler computed inside one piece moves with it. */
function staysInside({ implicit, target }: Field, { start, end }: Piece): boolean {
  return implicit && target.kind === 'section' && target.offset >= start && target.offset < end;
}

function referenceOf(pieces: PieceMap, field: Field, origin: number): Reference {
  const { at, type, width, base, branch, implicit } = field;
  return { at: at - origin, type, width, base, branch, implicit, target: targetOf(pieces, field.target) };
}

function targetOf(pieces: PieceMap, target: RawTarget): Target {
  if (target.kind === 'external') return target;
  const { piece, offset } = pieces.resolve(target.section, target.offset, target.anchor);
  return { kind: 'piece', piece, offset };
}

/** Gives each entry to the function that it speaks of; returns those that speak of none. */
function attachEntries(object: ElfObject, pieces: PieceMap, entries: readonly RawEntry[]): TableEntry[] {
  const orphans: TableEntry[] = [];
  const owned = new Map<Piece, TableEntry[]>();
  const companions = new Map(
    object.sections.map(({ name, content }) => [name, content.kind === 'bytes' ? content.bytes : undefined]),
  );
  for (const raw of entries) {
    const references = raw.fields.map((field) => referenceOf(pieces, field, 0));
    const owner = references[0]?.target;
    const entry: TableEntry = {
      table: raw.table,
      section: raw.section,
      ownerOffset: owner?.offset ?? 0,
      layout: raw.layout,
      bytes: raw.bytes,
      references,
      companion: companionOf(raw, companions),
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

/** @throws ForgeError OBJECT_TABLE_LAYOUT when the parallel table is not there or too short. */
function companionOf(
  { table: { companion }, section, start, layout }: RawEntry,
  sections: ReadonlyMap<string, Uint8Array | undefined>,
): Uint8Array | undefined {
  if (companion === undefined) return undefined;
  const from = (start / layout.stride) * companion.stride;
  const bytes = sections.get(companion.section)?.subarray(from, from + companion.stride);
  if (bytes?.length === companion.stride) return bytes;
  throw new ForgeError('OBJECT_TABLE_LAYOUT', `${companion.section} has no entry for the one at ${start}`, {
    place: { section: section.name },
  });
}
