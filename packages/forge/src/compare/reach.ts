// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { isMark } from '../author/marks.ts';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { identityOf } from './identity.ts';

/** Everything that pieces refer to, directly or through other pieces, the pieces themselves included. */
export function reachableFrom(roots: readonly Piece[]): Set<Piece> {
  const reached = new Set<Piece>(roots);
  const open = [...roots];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    const references = [...piece.references, ...piece.entries.flatMap((entry) => entry.references)];
    for (const { target } of references) {
      if (target.kind !== 'piece' || reached.has(target.piece)) continue;
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
export function unreachedData(
  pre: Dissection,
  post: Dissection,
  addedData: readonly Piece[],
  functions: readonly Piece[],
): Finding[] {
  const reached = reachableFrom(functions);
  const findings: Finding[] = [];
  for (const piece of addedData) {
    if (reached.has(piece) || isMark(piece)) continue;
    const place = { symbol: piece.name, section: piece.section.name };
    const reason = `${piece.name} in ${piece.section.name} is new, and no changed or new function reaches it`;
    findings.push(finding('COMPARE_NEW_DATA_UNREACHED', 'refuse', place, reason));
  }
  return [...findings, ...unreachedContent(pre, post, reached)];
}

/** Named data that counts by content and that no function of either object mentions: compared by name. */
function unreachedContent(pre: Dissection, post: Dissection, reached: ReadonlySet<Piece>): Finding[] {
  const users = new Set([
    ...reachableFrom(functionsOf(pre)),
    ...reachableFrom(functionsOf(post)),
    ...reached,
  ]);
  return post.pieces
    .filter((piece) => piece.kind === 'data' && identityOf(piece) === 'content' && !users.has(piece))
    .filter((piece) => !(pre.named.get(piece.name)?.some((original) => sameBytes(original, piece)) ?? false))
    .map((piece) =>
      finding(
        'COMPARE_NEW_DATA_UNREACHED',
        'refuse',
        { symbol: piece.name, section: piece.section.name },
        `${piece.name} in ${piece.section.name} is new or changed, and no function mentions it`,
      ),
    );
}

const functionsOf = (object: Dissection): Piece[] => object.pieces.filter(({ kind }) => kind === 'function');

function sameBytes(a: Piece, b: Piece): boolean {
  if (a.bytes === undefined || b.bytes === undefined) return a.bytes === b.bytes;
  return Buffer.compare(a.bytes, b.bytes) === 0;
}
