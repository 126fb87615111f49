// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfSection, type SectionIndex, STT } from '@uptide/elf';
import { ForgeError } from '../error.ts';
import { type Extent, sectionSize } from './extents.ts';
import { isPadding } from './instructions.ts';
import type { Piece, PieceKind } from './piece.ts';

/** Where the unnamed bytes of a section may be divided, and which of them cannot be filler. */
export interface Cuts {
  /** Offsets that something refers to, rising. */
  readonly points: readonly number[];
  /** Whether each of them begins something, whatever the code before it does. */
  readonly exact: boolean;
  /** Offsets in code that the instruction before does not run on into. */
  readonly barriers: ReadonlySet<number>;
  /** Offsets of fields, rising. */
  readonly occupied: readonly number[];
}

/**
 * How often the strings and constants of a section may cover it. Compilers refer to each from its start and
 * to few from their middle; a reference to every byte of one long string would be read in quadratic time.
 */
const MAX_COVER = 64;

/** The pieces of an object by their places, while it is taken apart. */
export class PieceMap {
  readonly #bySection = new Map<SectionIndex, Piece[]>();
  readonly #literals = new Map<string, Piece>();
  readonly #literalSections = new Map<SectionIndex, 'strings' | 'constants'>();
  /** Bytes of the literals of each section, overlaps counted. */
  readonly #literalBytes = new Map<SectionIndex, number>();

  /** Adds the pieces of a code or data section: one for each symbol, and those of its unnamed bytes. */
  addSection(section: ElfSection, treatment: 'code' | 'data', extents: readonly Extent[], cuts: Cuts): void {
    const pieces: Piece[] = [];
    for (const extent of extents) {
      if (extent.symbol === undefined) {
        pieces.push(...unnamedPieces(section, treatment, extent, cuts));
        continue;
      }
      const kind = treatment === 'code' && extent.symbol.type !== STT.OBJECT ? 'function' : 'data';
      pieces.push(makePiece(kind, section, extent.start, extent.end, extent));
    }
    // Replacements of no bytes make a section without any, and something refers to it.
    if (extents.length === 0 && cuts.points.length > 0)
      pieces.push(makePiece('anonymous', section, 0, 0, undefined));
    this.#bySection.set(section.index, pieces);
  }

  /** Makes a section of literals known; its pieces come into being when something refers to them. */
  addLiterals(section: ElfSection, kind: 'strings' | 'constants'): void {
    this.#literalSections.set(section.index, kind);
  }

  inSection(section: SectionIndex): readonly Piece[] {
    return this.#bySection.get(section) ?? [];
  }

  all(): Piece[] {
    return [...this.#bySection.values()].flat();
  }

  literals(): Piece[] {
    return [...this.#literals.values()];
  }

  named(): Map<string, Piece[]> {
    const named = new Map<string, Piece[]>();
    for (const piece of this.all()) {
      for (const name of piece.aliases) {
        const list = named.get(name);
        if (list === undefined) named.set(name, [piece]);
        else list.push(piece);
      }
    }
    return named;
  }

  /**
   * Finds what is at an offset of a section. Of literals it is the one at `anchor`: the linker moves each by
   * itself, and `"abc" + 4` or `"abc" - 1` goes with "abc", whatever lies beside it (ld, bfd/merge.c).
   *
   * @throws ForgeError OBJECT_RELOCATION_UNKNOWN when nothing is there.
   */
  resolve(
    section: ElfSection,
    offset: number,
    anchor = offset,
  ): { readonly piece: Piece; readonly offset: number } {
    const literals = this.#literalSections.get(section.index);
    if (literals !== undefined) {
      const { piece, offset: inside } = this.#literal(section, literals, anchor);
      return { piece, offset: inside + offset - anchor };
    }
    const pieces = this.#bySection.get(section.index) ?? [];
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { start, lead } = pieces[middle] ?? { start: 0, lead: 0 };
      if (start - lead <= offset) low = middle + 1;
      else high = middle;
    }
    // A pointer below the first piece or beyond the last belongs to the nearest: loops that count downwards
    // and pointers to one past the end are made so.
    const piece = pieces[Math.max(low - 1, 0)];
    if (piece === undefined) {
      throw new ForgeError(
        'OBJECT_RELOCATION_UNKNOWN',
        `nothing is at 0x${offset.toString(16)} of the section`,
        {
          place: { section: section.name },
        },
      );
    }
    return { piece, offset: offset - piece.start };
  }

  #literal(
    section: ElfSection,
    kind: 'strings' | 'constants',
    offset: number,
  ): { piece: Piece; offset: number } {
    if (section.content.kind !== 'bytes' || offset < 0 || offset >= section.content.bytes.length) {
      throw new ForgeError('OBJECT_RELOCATION_UNKNOWN', `no literal is at ${offset} of the section`, {
        place: { section: section.name },
      });
    }
    const start = kind === 'strings' ? offset : offset - (offset % section.entrySize);
    const key = `${section.index}:${start}`;
    const known = this.#literals.get(key);
    if (known !== undefined) return { piece: known, offset: offset - start };
    const end =
      kind === 'strings'
        ? endOfString(section.content.bytes, start, section.entrySize)
        : start + section.entrySize;
    const piece = makePiece(kind === 'strings' ? 'string' : 'constant', section, start, end, undefined);
    const covered = (this.#literalBytes.get(section.index) ?? 0) + end - start;
    if (covered > MAX_COVER * section.content.bytes.length) {
      throw new ForgeError(
        'OBJECT_TOO_DEEP',
        `the literals cover their section more than ${MAX_COVER} times`,
        {
          place: { section: section.name },
        },
      );
    }
    this.#literalBytes.set(section.index, covered);
    this.#literals.set(key, piece);
    return { piece, offset: offset - start };
  }
}

/** The offset after the terminator: the first character of `width` zero bytes. */
function endOfString(bytes: Uint8Array, start: number, width: number): number {
  if (width === 1) return bytes.indexOf(0, start) + 1 || bytes.length;
  for (let at = start; at + width <= bytes.length; at += width) {
    if (bytes.subarray(at, at + width).every((byte) => byte === 0)) return at + width;
  }
  return bytes.length;
}

/**
 * Divides bytes without a name at the places that something refers to. Code is only divided where the
 * instruction before does not run on, because the parts may come to lie apart: a fixup ends in a jump, but
 * in the middle of a cold path a label may stand for a branch alone.
 */
function unnamedPieces(
  section: ElfSection,
  treatment: 'code' | 'data',
  { start, end }: Extent,
  { points, exact, barriers, occupied }: Cuts,
): Piece[] {
  const starts = [start];
  for (let i = firstAbove(points, start); i < points.length; i++) {
    const point = points[i] ?? end;
    if (point >= end) break;
    if (treatment === 'data' || exact || barriers.has(point)) starts.push(point);
  }
  return starts.flatMap((from, i) => {
    const piece = makePiece('anonymous', section, from, starts[i + 1] ?? end, undefined);
    const used = hasBetween(points, piece.start, piece.end) || hasBetween(occupied, piece.start, piece.end);
    return used || !isFiller(piece, treatment) ? [piece] : [];
  });
}

/** Whether bytes are what an assembler puts between two things to align the second. */
function isFiller({ section, start, end, bytes }: Piece, treatment: 'code' | 'data'): boolean {
  if (bytes !== undefined && treatment === 'code') return isPadding(bytes);
  if (start === 0 || end - start >= section.align) return false;
  return bytes === undefined || bytes.every((byte) => byte === 0);
}

/** The index of the first number above `limit` in a sorted list. */
function firstAbove(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hasBetween(sorted: readonly number[], start: number, end: number): boolean {
  const next = sorted[firstAbove(sorted, start - 1)];
  return next !== undefined && next < end;
}

function makePiece(
  kind: PieceKind,
  section: ElfSection,
  start: number,
  end: number,
  extent: Extent | undefined,
): Piece {
  const clamped = Math.min(end, sectionSize(section));
  return {
    kind,
    name: extent?.symbol?.name ?? '',
    symbol: extent?.symbol,
    aliases: extent?.aliases ?? [],
    section,
    start,
    end: clamped,
    lead: extent?.lead ?? 0,
    bytes: section.content.kind === 'bytes' ? section.content.bytes.subarray(start, clamped) : undefined,
    references: [],
    entries: [],
    traced: false,
  };
}
