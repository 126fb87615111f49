// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { type Piece, pieceSize, type Reference } from '../dissect/piece.ts';
import { blanked, withoutLines } from './drift.ts';
import { stableName } from './names.ts';

const APPEARANCES = new WeakMap<Piece, string>();

/** A digest of what a piece looks like by itself: bytes, and the fields with the names of what they refer to. */
export function appearance(piece: Piece): string {
  const known = APPEARANCES.get(piece);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(`${pieceSize(piece)} `);
  if (piece.bytes !== undefined) hash.update(blanked(piece, piece.bytes));
  for (const reference of piece.references) hash.update(`${reference.at} ${nameOfTarget(reference)}\0`);
  const digest = hash.digest('hex');
  APPEARANCES.set(piece, digest);
  return digest;
}

function nameOfTarget({ target }: Reference): string {
  if (target.kind === 'external') return `${target.symbol.name}+${target.offset}`;
  const { piece, offset } = target;
  if (piece.kind === 'string' && piece.bytes !== undefined) return withoutLines(piece.bytes);
  return `${piece.kind} ${stableName(piece.name)}+${offset}`;
}
