// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { isMark } from '../author/marks.ts';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';

/**
 * Everything that pieces refer to, directly or through other pieces, the pieces themselves included; of what
 * `follow` does not take, nothing.
 */
export function reachableFrom(
  roots: readonly Piece[],
  follow: (piece: Piece) => boolean = () => true,
): Set<Piece> {
  const reached = new Set<Piece>(roots);
  const open = [...roots];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    const references = [...piece.references, ...piece.entries.flatMap((entry) => entry.references)];
    for (const { target } of references) {
      if (target.kind !== 'piece' || reached.has(target.piece) || !follow(target.piece)) continue;
      reached.add(target.piece);
      open.push(target.piece);
    }
  }
  return reached;
}

/**
 * Finds new data that no changed or new function reaches. Something else must read it then: the linker's
 * tables of exports, initcalls, parameters, or the kernel itself at the start; in a live update none of
 * that happens.
 */
export function unreachedData(addedData: readonly Piece[], functions: readonly Piece[]): Finding[] {
  const reached = reachableFrom(functions);
  const findings: Finding[] = [];
  for (const piece of addedData) {
    if (reached.has(piece) || isMark(piece)) continue;
    const place = { symbol: piece.name, section: piece.section.name };
    const reason = `${piece.name} in ${piece.section.name} is new, and no changed or new function reaches it`;
    findings.push(finding('COMPARE_NEW_DATA_UNREACHED', 'refuse', place, reason));
  }
  return findings;
}
