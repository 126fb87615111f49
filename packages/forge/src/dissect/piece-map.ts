// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfSection, type SectionIndex, STT } from '@uptide/elf';
import { ForgeError } from '../error.ts';
import { type Extent, sectionSize } from './extents.ts';
import { isPadding } from './instructions.ts';
import type { Piece, PieceKind } from './piece.ts';

/** The pieces of an object by their places, while it is taken apart. */
export class PieceMap {
  readonly #bySection = new Map<SectionIndex, Piece[]>();
  readonly #literals = new Map<string, Piece>();
  readonly #literalSections = new Map<
    SectionIndex,
    { readonly kind: 'strings' | 'constants'; readonly extents: readonly Extent[] }
  >();

  /**
   * Adds the pieces of a code or data section: one for each symbol, and for bytes under no name one from
   * each cut point to the next. Unnamed bytes that are only padding and that nothing refers to are left out.
   */
  addSection(
    section: ElfSection,
    treatment: 'code' | 'data',
    extents: readonly Extent[],
    cutPoints: ReadonlySet<number>,
  ): void {
    const pieces: Piece[] = [];
    const sorted = [...cutPoints].sort((a, b) => a - b);
    for (const extent of extents) {
      if (extent.symbol !== undefined) {
        const kind = treatment === 'code' && extent.symbol.type !== STT.OBJECT ? 'function' : 'data';
        pieces.push(makePiece(kind, section, extent.start, extent.end, extent));
        continue;
      }
      const inside = sorted.filter((point) => point > extent.start && point < extent.end);
      const starts = [extent.start, ...inside];
      starts.forEach((start, i) => {
        const piece = makePiece('anonymous', section, start, starts[i + 1] ?? extent.end, undefined);
        const referred = cutPoints.has(start);
        if (referred || piece.bytes === undefined || !isPadding(piece.bytes)) pieces.push(piece);
      });
    }
    this.#bySection.set(section.index, pieces);
  }

  /** Makes a section of literals known; its pieces come into being when something refers to them. */
  addLiterals(section: ElfSection, kind: 'strings' | 'constants', extents: readonly Extent[]): void {
    this.#literalSections.set(section.index, { kind, extents });
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
   * Finds what is at an offset of a section.
   *
   * @throws ForgeError OBJECT_RELOCATION_UNKNOWN when nothing is there.
   */
  resolve(section: ElfSection, offset: number): { readonly piece: Piece; readonly offset: number } {
    const literals = this.#literalSections.get(section.index);
    if (literals !== undefined) return this.#literal(section, literals.kind, offset);
    const pieces = this.#bySection.get(section.index) ?? [];
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pieces[middle]?.start ?? 0) <= offset) low = middle + 1;
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
    this.#literals.set(key, piece);
    return { piece, offset: offset - start };
  }
}

/** The offset after the terminator: the first character of `width` zero bytes. */
function endOfString(bytes: Uint8Array, start: number, width: number): number {
  for (let at = start; at + width <= bytes.length; at += width) {
    if (bytes.subarray(at, at + width).every((byte) => byte === 0)) return at + width;
  }
  return bytes.length;
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
    bytes: section.content.kind === 'bytes' ? section.content.bytes.subarray(start, clamped) : undefined,
    references: [],
    entries: [],
    traced: false,
  };
}
