// SPDX-License-Identifier: GPL-2.0-or-later
import { R_X86_64 } from '@uptide/elf';
import type { Piece, TableEntry } from '../dissect/piece.ts';

/**
 * What follows from the lines of the source and not from what it does. Each rule names who writes the line
 * there; everything else in the same bytes still counts.
 */

/** struct _ddebug: after four pointers a word with the line in its low 18 bits (include/linux/dynamic_debug.h). */
const DYNAMIC_DEBUG = { section: /^__(dyndbg|verbose)$/, word: 32, line: 0x3ffff };

/** struct source_location of UBSAN: file, line, column (lib/ubsan.h); it begins what a check is described by. */
const SOURCE_LOCATION = { file: 0, line: 8, width: 4 };
const SOURCE_FILE = /\.[chS]\0$/;

/** Macros such as memcpy's checks bake `file.c:123` into their messages. */
export function withoutLines(text: Uint8Array): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/(\w\.[ch]):\d+/g, '$1:#');
}

/** The bytes of a piece with its fields and its lines blanked. */
export function blanked(piece: Piece, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const { at, width } of piece.references) copy.fill(0, at, at + width);
  if (DYNAMIC_DEBUG.section.test(piece.section.name) && copy.length >= DYNAMIC_DEBUG.word + 4) {
    const view = new DataView(copy.buffer);
    view.setUint32(DYNAMIC_DEBUG.word, view.getUint32(DYNAMIC_DEBUG.word, true) & ~DYNAMIC_DEBUG.line, true);
  }
  if (isSourceLocation(piece))
    copy.fill(0, SOURCE_LOCATION.line, SOURCE_LOCATION.line + SOURCE_LOCATION.width);
  return copy;
}

/**
 * Compilers give what UBSAN is told of a check no name that stays: it is unnamed data that begins with a
 * pointer to the name of a source file.
 */
export function isSourceLocation(piece: Piece): boolean {
  const [first] = piece.references;
  if (piece.kind !== 'anonymous' || first?.at !== SOURCE_LOCATION.file || first.type !== R_X86_64[64])
    return false;
  const { target } = first;
  if (target.kind !== 'piece' || target.piece.kind !== 'string' || target.piece.bytes === undefined)
    return false;
  return SOURCE_FILE.test(Buffer.from(target.piece.bytes).toString('latin1'));
}

/** The bytes of an entry with its fields and its lines blanked. */
export function blankedEntry(entry: TableEntry): Uint8Array {
  const copy = Uint8Array.from(entry.bytes);
  for (const { at, width } of entry.references) copy.fill(0, at, at + width);
  for (const [offset, length] of entry.layout.drift ?? []) copy.fill(0, offset, offset + length);
  return copy;
}
