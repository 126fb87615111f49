// SPDX-License-Identifier: GPL-2.0-or-later
import { type Dissection, type Piece, pieceSize } from '../dissect/piece.ts';
import { identityOf } from './identity.ts';
import { isNumbered, stableName } from './names.ts';
import type { Pairing } from './pairing.ts';

/**
 * Pairs what the source names. First names that no compiler numbers; then clones under their stable name:
 * where one stands against one they belong together, and where several do, equal bytes decide before equal
 * numbers, and equal numbers before the order.
 */
export function pairByName(pre: Dissection, post: Dissection, pairing: Pairing): void {
  const originals = groups(pre, (name) => name);
  const patched = groups(post, (name) => name);
  for (const [key, left] of originals) {
    if (left.some((piece) => isNumbered(piece.name))) continue;
    pairGroup(left, patched.get(key) ?? [], pairing);
  }
  const leftClones = groups(pre, stableName);
  const rightClones = groups(post, stableName);
  for (const [key, left] of leftClones) pairGroup(left, rightClones.get(key) ?? [], pairing);
}

/** Pieces that go by name, grouped by kind and by what `key` makes of the name. */
function groups(object: Dissection, key: (name: string) => string): Map<string, Piece[]> {
  const result = new Map<string, Piece[]>();
  for (const piece of object.pieces) {
    if (identityOf(piece) !== 'name') continue;
    const group = `${piece.kind} ${key(piece.name)}`;
    const list = result.get(group);
    if (list === undefined) result.set(group, [piece]);
    else list.push(piece);
  }
  return result;
}

function pairGroup(left: readonly Piece[], right: readonly Piece[], pairing: Pairing): void {
  const steps: ((a: Piece, b: Piece) => boolean)[] = [
    (a, b) => a.name === b.name && sameBytes(a, b),
    sameBytes,
    (a, b) => a.name === b.name,
    (a, b) => a.section.name === b.section.name,
    () => true,
  ];
  for (const step of steps) {
    for (const a of left) {
      if (pairing.post(a) !== undefined) continue;
      const b = right.find((candidate) => pairing.pre(candidate) === undefined && step(a, candidate));
      if (b !== undefined) pairing.add(a, b);
    }
  }
}

function sameBytes(a: Piece, b: Piece): boolean {
  if (pieceSize(a) !== pieceSize(b) || a.bytes === undefined || b.bytes === undefined) return false;
  return Buffer.compare(a.bytes, b.bytes) === 0;
}
