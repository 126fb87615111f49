// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pairing by name.
 *
 * What the source names keeps its name. Clones (`foo.isra.0`) keep their stable name, and their numbers may
 * shift: of several with one stable name, those belong together that look the same, names of what they
 * refer to included; then those with equal numbers; then in the order of the object. Numbers alone would
 * pair the clone for one caller with the clone for another.
 *
 * Last come the pieces whose name holds a line or a counter without a dot before it (`__pci_fixup_quirk31`,
 * `__BTF_ID__struct__sock__12`), and those under another of their aliases.
 *
 * Cost: linear, but for the sorting of names.
 */
import type { Dissection, Piece } from '../dissect/piece.ts';
import { appearance } from './appearance.ts';
import { identityOf } from './identity.ts';
import { coldParent, stableName } from './names.ts';
import type { Pairing } from './pairing.ts';

/** Pairs what the source names. */
export function pairByName(pre: Dissection, post: Dissection, pairing: Pairing): void {
  const parts = [coldParts(pre), coldParts(post)] as const;
  pairPieces(
    namedPieces(pre, new Set(parts[0].values())),
    namedPieces(post, new Set(parts[1].values())),
    pairing,
  );
  // A cold part follows its function, whatever its number.
  for (const [parent, cold] of parts[0]) {
    const partner = pairing.post(parent);
    const other = partner === undefined ? undefined : parts[1].get(partner);
    if (other !== undefined) pairing.add(cold, other);
  }
}

function namedPieces(object: Dissection, without: ReadonlySet<Piece>): Piece[] {
  return object.pieces.filter((piece) => identityOf(piece) === 'name' && !without.has(piece));
}

function pairPieces(left: readonly Piece[], right: readonly Piece[], pairing: Pairing): void {
  const group = ({ kind, name }: Piece): string => `${kind} ${stableName(name)}`;
  const same = (piece: Piece): string => `${group(piece)} ${appearance(piece)}`;
  // What is the only one of its stable name needs no closer look.
  pairAlike(alone(left, group), alone(right, group), group, pairing);
  pairAlike(left, right, (piece) => `${piece.name} ${same(piece)}`, pairing);
  pairAlike(left, right, same, pairing);
  pairAlike(left, right, ({ kind, name }) => `${kind} ${name}`, pairing);
  pairAlike(left, right, (piece) => `${group(piece)} ${piece.section.name}`, pairing);
  pairAlike(left, right, group, pairing);
  pairAliases(left, right, pairing);
  pairAlike(left, right, counted, pairing);
}

/** The pieces whose key no other has. */
function alone(pieces: readonly Piece[], key: (piece: Piece) => string): Piece[] {
  const count = new Map<string, number>();
  for (const piece of pieces) count.set(key(piece), (count.get(key(piece)) ?? 0) + 1);
  return pieces.filter((piece) => count.get(key(piece)) === 1);
}

/** Pairs what is open on both sides and has one key, in the order of the objects; an undefined key has no pair. */
function pairAlike(
  left: readonly Piece[],
  right: readonly Piece[],
  key: (piece: Piece) => string | undefined,
  pairing: Pairing,
): void {
  const waiting = new Map<string, Piece[]>();
  const open = left.filter((piece) => pairing.post(piece) === undefined);
  if (open.length === 0) return;
  for (const piece of right.toReversed()) {
    const name = pairing.pre(piece) === undefined ? key(piece) : undefined;
    if (name === undefined) continue;
    const list = waiting.get(name);
    if (list === undefined) waiting.set(name, [piece]);
    else list.push(piece);
  }
  for (const piece of open) {
    const partner = waiting.get(key(piece) ?? '')?.pop();
    if (partner !== undefined) pairing.add(piece, partner);
  }
}

/** The cold part of each function that has one. */
export function coldParts(object: Dissection): Map<Piece, Piece> {
  const functions = new Map<string, Piece>();
  for (const piece of object.pieces) {
    if (piece.kind !== 'function') continue;
    for (const alias of piece.aliases) if (!functions.has(alias)) functions.set(alias, piece);
  }
  const parts = new Map<Piece, Piece>();
  for (const piece of object.pieces) {
    const name = piece.kind === 'function' ? coldParent(piece.name) : undefined;
    const parent = name === undefined ? undefined : functions.get(name);
    if (parent !== undefined && !parts.has(parent)) parts.set(parent, piece);
  }
  return parts;
}

/** Pairs what is left and shares any name. */
function pairAliases(left: readonly Piece[], right: readonly Piece[], pairing: Pairing): void {
  const byAlias = new Map<string, Piece>();
  for (const piece of right) {
    if (pairing.pre(piece) !== undefined) continue;
    for (const alias of piece.aliases) byAlias.set(`${piece.kind} ${alias}`, piece);
  }
  for (const piece of left) {
    if (pairing.post(piece) !== undefined) continue;
    const partner = piece.aliases.map((alias) => byAlias.get(`${piece.kind} ${alias}`)).find(Boolean);
    if (partner !== undefined) pairing.add(piece, partner);
  }
}

/** For local data whose name ends in a number: what it is without the number, and what it holds. */
function counted(piece: Piece): string | undefined {
  const { kind, name, section } = piece;
  const stem = name.replace(/\d+$/, '');
  if (kind !== 'data' || stem === name) return undefined;
  return `${stem} ${section.name.replace(/\d+$/, '')} ${appearance(piece)}`;
}
