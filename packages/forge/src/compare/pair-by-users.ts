// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Static locals.
 *
 * GCC calls the variable `count` inside a function `count.12`, and the number depends on everything before
 * it in the file. A patch that adds one static local renumbers all that follow, so `count.12` of the
 * original and `count.12` of the patched object may be variables of two functions. A wrong pair is the
 * silent kind of mistake: the new function would count in another's variable.
 *
 * So the users decide. Where two functions have the same bytes and the same fields, each field names a pair
 * for certain. In functions that did change, the static locals of one stable name, type of section and size
 * are taken in the order in which the code first mentions them, when there are as many on both sides. What
 * is left is new, or gone, and is said so; it is never guessed.
 *
 * Limits: two static locals of the same name in nested scopes of a changed function, of equal size, whose
 * first uses swap places, would be paired crosswise; their functions' bytes then differ in nothing else.
 */
import { type Piece, pieceSize, type Reference } from '../dissect/piece.ts';
import { Equality } from './equality.ts';
import { identityOf } from './identity.ts';
import { stableName } from './names.ts';
import type { Pairing } from './pairing.ts';

/** Pairs static locals by the functions and data that use them. Pairs by name must be known. */
export function pairByUsers(pairing: Pairing): void {
  const users = pairing.pairs();
  const equality = new Equality(pairing);
  for (const [pre, post] of users) {
    if (sameShape(pre, post, equality)) pairLockstep(pre.references, post.references, pairing);
  }
  for (const [pre, post] of users) pairInOrder(pre, post, pairing);
}

function sameShape(pre: Piece, post: Piece, equality: Equality): boolean {
  return (
    pieceSize(pre) === pieceSize(post) &&
    pre.references.length === post.references.length &&
    pre.references.every(({ at }, i) => at === post.references[i]?.at) &&
    equality.bytes(pre, post)
  );
}

function pairLockstep(pre: readonly Reference[], post: readonly Reference[], pairing: Pairing): void {
  pre.forEach(({ target }, i) => {
    const other = post[i]?.target;
    if (target.kind !== 'piece' || other?.kind !== 'piece' || target.offset !== other.offset) return;
    if (mayPair(target.piece, other.piece)) pairing.add(target.piece, other.piece);
  });
}

function pairInOrder(pre: Piece, post: Piece, pairing: Pairing): void {
  const left = staticLocals(pre);
  const right = staticLocals(post);
  for (const [name, originals] of left) {
    const open = originals.filter((piece) => pairing.post(piece) === undefined);
    const candidates = (right.get(name) ?? []).filter((piece) => pairing.pre(piece) === undefined);
    if (open.length !== candidates.length) continue;
    open.forEach((piece, i) => {
      const candidate = candidates[i];
      if (candidate !== undefined && mayPair(piece, candidate)) pairing.add(piece, candidate);
    });
  }
}

/** The static locals that a piece mentions, by stable name, in the order of their first mention. */
function staticLocals(user: Piece): Map<string, Piece[]> {
  const found = new Map<string, Piece[]>();
  for (const { target } of user.references) {
    if (target.kind !== 'piece' || identityOf(target.piece) !== 'users') continue;
    const name = stableName(target.piece.name);
    const list = found.get(name);
    if (list === undefined) found.set(name, [target.piece]);
    else if (!list.includes(target.piece)) list.push(target.piece);
  }
  return found;
}

function mayPair(pre: Piece, post: Piece): boolean {
  return (
    identityOf(pre) === 'users' &&
    identityOf(post) === 'users' &&
    stableName(pre.name) === stableName(post.name) &&
    pieceSize(pre) === pieceSize(post)
  );
}
