// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { SHF } from '@uptide/elf';
import type { CutEntry, CutPiece, CutReference } from '../cut/cut.ts';
import { placementOf } from '../cut/placement.ts';
import { type Piece, pieceSize } from '../dissect/piece.ts';
import type { Assembly, ModulePlace } from './assembly.ts';

/** Functions begin at multiples of this, as GCC aligns them for x86-64. */
const FUNCTION_ALIGN = 16;
/** The no-operation of one byte. */
const NOP = 0x90;

/** Where the carried pieces are in the module. */
export type Places = ReadonlyMap<Piece, ModulePlace>;

/** Gives every carried piece a place: functions in `.text`, literals once, data by what it is. */
export function placePieces(assembly: Assembly, pieces: readonly CutPiece[]): Places {
  const places = new Map<Piece, ModulePlace>();
  for (const { piece } of pieces) places.set(piece, placePiece(assembly, piece));
  return places;
}

function placePiece(assembly: Assembly, piece: Piece): ModulePlace {
  if (piece.kind === 'string' && piece.bytes !== undefined) return assembly.string(piece.bytes);
  const placement = placementOf(piece);
  if (placement.kind === 'refused')
    throw new UptideError('INTERNAL', `a refused piece was cut: ${placement.reason}`);
  const section = assembly.section(placement.name, placement.flags, placement.nobits);
  if (piece.bytes === undefined) {
    return { section, offset: section.reserve(pieceSize(piece), alignOf(piece)) };
  }
  const code = withoutFields(piece.bytes, piece);
  const lead = leadOf(piece);
  const bytes = lead.length === 0 ? code : Buffer.concat([lead, code]);
  const offset = section.append(bytes, alignOf(piece)) + lead.length;
  if (piece.kind === 'function') {
    assembly.functions.push({ name: piece.name, place: { section, offset }, size: piece.bytes.length });
  }
  return { section, offset };
}

/** The bytes with the distances that the assembler wrote taken out; they become relocations. */
function withoutFields(bytes: Uint8Array, piece: Piece): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const { at, width } of piece.references) copy.fill(0, at, at + width);
  return copy;
}

/**
 * What belongs before the entry of a function, as it was compiled, so that the entry stays aligned. The kernel
 * writes the accounting of calls there, for functions of modules too, and wants no-operations in its place
 * (patch_dest, arch/x86/kernel/callthunks.c).
 */
function leadOf({ section, start, lead }: Piece): Uint8Array {
  const room = Math.ceil(lead / FUNCTION_ALIGN) * FUNCTION_ALIGN;
  const bytes = new Uint8Array(room).fill(NOP);
  if (section.content.kind === 'bytes') {
    bytes.set(section.content.bytes.subarray(start - lead, start), room - lead);
  }
  return bytes;
}

/** The alignment that a piece had where it was: no more than its offset in the section kept. */
function alignOf(piece: Piece): number {
  if (piece.kind === 'function') return FUNCTION_ALIGN;
  let align = Math.max(piece.section.align, 1);
  while (piece.start % align !== 0) align /= 2;
  return align;
}

/** Writes the references of all pieces and the entries of the special tables. */
export function placeReferences(assembly: Assembly, pieces: readonly CutPiece[], places: Places): void {
  for (const { piece, object, references, entries } of pieces) {
    const place = placeOf(places, piece);
    for (const reference of references) addFixup(assembly, place, object, reference);
    for (const entry of entries) placeEntry(assembly, object, entry);
  }
}

function placeEntry(assembly: Assembly, object: string, { entry, references }: CutEntry): void {
  const { table, section: source, bytes, companion } = entry;
  const section = assembly.section(table.section, source.flags & ~SHF.MERGE, false, source.entrySize);
  const copy = Uint8Array.from(bytes);
  for (const { at, width } of entry.references) copy.fill(0, at, at + width);
  const offset = section.append(copy, entryAlign(entry.bytes.length, source.align));
  for (const reference of references) addFixup(assembly, { section, offset }, object, reference);
  if (table.companion === undefined) return;
  if (companion === undefined)
    throw new UptideError('INTERNAL', `an entry of ${table.section} has no companion`);
  const beside = assembly.section(table.companion.section, SHF.ALLOC, false, table.companion.stride);
  beside.append(companion, 1);
}

/** Entries stand one behind the other, so the section's alignment holds for each only when it divides their size. */
function entryAlign(size: number, align: number): number {
  let fitting = Math.max(align, 1);
  while (size % fitting !== 0) fitting /= 2;
  return fitting;
}

function addFixup(assembly: Assembly, origin: ModulePlace, object: string, cut: CutReference): void {
  const { reference, destination } = cut;
  const place = { section: origin.section, offset: origin.offset + reference.at };
  assembly.fixups.push({ place, type: reference.type, addend: -reference.base, object, to: destination });
}

/** Where a carried piece is. */
export function placeOf(places: Places, piece: Piece): ModulePlace {
  const place = places.get(piece);
  if (place === undefined) throw new UptideError('INTERNAL', `${piece.name} is referred to and was not cut`);
  return place;
}
