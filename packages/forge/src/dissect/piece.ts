// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfSection, ElfSymbol } from '@uptide/elf';
import type { EntryLayout, SpecialTable } from './tables/table.ts';

/**
 * What a piece is.
 * - `function`: code under a name; `data`: an object under a name.
 * - `string`: from an offset in a string section to its NUL; `constant`: one entry of a mergeable section.
 * - `anonymous`: bytes that only an offset names: a jump table, a replacement instruction, a literal.
 */
export type PieceKind = 'function' | 'data' | 'string' | 'constant' | 'anonymous';

/** The smallest part of an object that is compared, matched and carried along as a whole. */
export interface Piece {
  readonly kind: PieceKind;
  /** The symbol's name; empty where there is none. */
  readonly name: string;
  /** The symbol that gives the piece its extent; strings, constants and anonymous pieces have none. */
  readonly symbol: ElfSymbol | undefined;
  /** All names of the first byte, the one in `name` included. */
  readonly aliases: readonly string[];
  readonly section: ElfSection;
  /** Bytes from the start of the section. */
  readonly start: number;
  readonly end: number;
  /** Bytes before `start` that belong to the piece and that the kernel may write code to; see prefix.ts. */
  readonly lead: number;
  /** The content; undefined in sections without content (`.bss`). */
  readonly bytes: Uint8Array | undefined;
  /** Sorted by `at`. */
  references: readonly Reference[];
  /** Entries of special tables that speak of this piece, in the order of the tables. */
  entries: readonly TableEntry[];
  /** Whether ftrace has a site at the entry of this function. */
  traced: boolean;
}

/** Where a reference points. `offset` is in bytes from the start of the piece or the value of the symbol. */
export type Target =
  | { readonly kind: 'piece'; readonly piece: Piece; readonly offset: number }
  | { readonly kind: 'external'; readonly symbol: ElfSymbol; readonly offset: number };

/** A field in a piece that holds an address, absolute or relative. */
export interface Reference {
  /** Bytes from the start of the piece (or entry) to the field. */
  readonly at: number;
  /** R_X86_64_* */
  readonly type: number;
  /** Bytes of the field. */
  readonly width: number;
  /**
   * For relative fields, bytes from the field to the point that the processor counts from: the end of the
   * instruction in code, 0 in data.
   */
  readonly base: number;
  readonly target: Target;
  /** Whether the field is the operand of a direct call or jump. */
  readonly branch: boolean;
  /** Whether there is no relocation: the assembler resolved a jump within one section. */
  readonly implicit: boolean;
}

/** One entry of a special table, with the function that it speaks of. */
export interface TableEntry {
  readonly table: SpecialTable;
  readonly section: ElfSection;
  /** Bytes from the start of the owner to the place that the entry speaks of. */
  readonly ownerOffset: number;
  readonly layout: EntryLayout;
  readonly bytes: Uint8Array;
  readonly references: readonly Reference[];
  /** The entry's companion bytes in a parallel table (`.orc_unwind` beside `.orc_unwind_ip`). */
  readonly companion: Uint8Array | undefined;
}

/** An object taken apart. */
export interface Dissection {
  readonly pieces: readonly Piece[];
  /** Pieces with a name, by name. */
  readonly named: ReadonlyMap<string, readonly Piece[]>;
  /** Strings and constants that something refers to. */
  readonly literals: readonly Piece[];
  /** Table entries that speak of no function of this object. */
  readonly orphans: readonly TableEntry[];
}

/** Bytes of a piece, content or not. */
export function pieceSize(piece: Piece): number {
  return piece.end - piece.start;
}
