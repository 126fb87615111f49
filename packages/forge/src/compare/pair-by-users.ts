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
 * is left is new, or gone, and is said so; it is never guessed. A user is a function with its entries in the
 * special tables, named data, and a static local that has its own pair already. To a function belong its cold
 * part and the functions without counterpart that it calls: the compiler inlined one there, or split one off
 * (`get_object_id.part.0`), and the variable went along.
 *
 * Limits: two static locals of the same name in nested scopes of a changed function, of equal size, whose
 * first uses swap places, would be paired crosswise; their functions' bytes then differ in nothing else.
 */
import { type Dissection, type Piece, pieceSize, type Reference } from '../dissect/piece.ts';
import { Equality } from './equality.ts';
import { identityOf } from './identity.ts';
import { stableName } from './names.ts';
import { coldParts } from './pair-by-name.ts';
import type { Pairing } from './pairing.ts';

/**
 * How many functions without counterpart may belong to one. A handful is split off or inlined; in a unit
 * whose functions are all new there is nothing to find.
 */
const MAX_FAMILY = 64;

/** Pairs static locals by the functions and data that use them. Pairs by name must be known. */
export function pairByUsers(pre: Dissection, post: Dissection, pairing: Pairing): void {
  const equality = new Equality(pairing);
  const changed: [Piece, Piece][] = [];
  const users = pairing.pairs();
  // Pairs that are found are users themselves, so the list grows while it is read.
  for (const [left, right] of users) {
    if (sameShape(left, right, equality)) users.push(...pairLockstep(left, right, pairing));
    else changed.push([left, right]);
  }
  const left = families(pre, (piece) => pairing.post(piece) === undefined);
  const right = families(post, (piece) => pairing.pre(piece) === undefined);
  for (const [original, patched] of changed) {
    changed.push(...pairInOrder(staticLocals(left(original)), staticLocals(right(patched)), pairing));
  }
}

/** For a function of an object: it, its cold part, and what of it stands in functions without counterpart. */
function families(object: Dissection, lonely: (piece: Piece) => boolean): (piece: Piece) => readonly Piece[] {
  const cold = coldParts(object);
  return (piece) => {
    if (piece.kind !== 'function') return [piece];
    const family = new Set<Piece>([piece]);
    // What is added while the set is read is read too.
    for (const member of family) {
      const part = cold.get(member);
      if (part !== undefined) family.add(part);
      for (const { target } of member.references) {
        if (target.kind === 'piece' && target.piece.kind === 'function' && lonely(target.piece))
          family.add(target.piece);
        if (family.size > MAX_FAMILY) return [piece];
      }
    }
    return [...family];
  };
}

function sameShape(pre: Piece, post: Piece, equality: Equality): boolean {
  const left = referencesOf(pre);
  const right = referencesOf(post);
  return (
    left.length === right.length &&
    left.every(({ at }, i) => at === right[i]?.at) &&
    equality.bytes(pre, post)
  );
}

/**
 * Pairs what the fields of two pieces of one shape name, also through literals of one shape.
 *
 * @returns the new pairs
 */
function pairLockstep(pre: Piece, post: Piece, pairing: Pairing): [Piece, Piece][] {
  const found: [Piece, Piece][] = [];
  const open: [Piece, Piece][] = [[pre, post]];
  const seen = new Set<Piece>();
  for (const [left, right] of open) {
    const others = referencesOf(right);
    referencesOf(left).forEach(({ target }, i) => {
      const other = others[i]?.target;
      if (target.kind !== 'piece' || other?.kind !== 'piece' || target.offset !== other.offset) return;
      if (mayPair(target.piece, other.piece)) {
        if (pairing.post(target.piece) === undefined && pairing.add(target.piece, other.piece))
          found.push([target.piece, other.piece]);
      } else if (isLiteral(target.piece, other.piece) && !seen.has(target.piece)) {
        seen.add(target.piece);
        open.push([target.piece, other.piece]);
      }
    });
  }
  return found;
}

function isLiteral(pre: Piece, post: Piece): boolean {
  return (
    pre.references.length > 0 &&
    pre.references.length === post.references.length &&
    identityOf(pre) === 'content' &&
    identityOf(post) === 'content'
  );
}

/** Pairs static locals of one stable name by the order of their first mention; returns the new pairs. */
function pairInOrder(
  left: ReadonlyMap<string, readonly Piece[]>,
  right: ReadonlyMap<string, readonly Piece[]>,
  pairing: Pairing,
): [Piece, Piece][] {
  const found: [Piece, Piece][] = [];
  for (const [name, originals] of left) {
    const open = originals.filter((piece) => pairing.post(piece) === undefined);
    const candidates = (right.get(name) ?? []).filter((piece) => pairing.pre(piece) === undefined);
    if (open.length !== candidates.length) continue;
    open.forEach((piece, i) => {
      const candidate = candidates[i];
      if (candidate !== undefined && mayPair(piece, candidate) && pairing.add(piece, candidate))
        found.push([piece, candidate]);
    });
  }
  return found;
}

/** The static locals that a function mentions, by stable name, in the order of their first mention. */
function staticLocals(user: readonly Piece[]): Map<string, Piece[]> {
  const found = new Map<string, Piece[]>();
  const seen = new Set<Piece>();
  for (const { target } of user.flatMap(referencesOf)) {
    if (target.kind !== 'piece' || seen.has(target.piece) || identityOf(target.piece) !== 'users') continue;
    seen.add(target.piece);
    const name = stableName(target.piece.name);
    const list = found.get(name);
    if (list === undefined) found.set(name, [target.piece]);
    else list.push(target.piece);
  }
  return found;
}

/** What a piece refers to, in the code and in the tables: a static key may be in __jump_table alone. */
function referencesOf(piece: Piece): Reference[] {
  return [...piece.references, ...piece.entries.flatMap(({ references }) => references.slice(1))];
}

function mayPair(pre: Piece, post: Piece): boolean {
  return (
    identityOf(pre) === 'users' &&
    identityOf(post) === 'users' &&
    stableName(pre.name) === stableName(post.name) &&
    pieceSize(pre) === pieceSize(post)
  );
}
