// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this the code that was shipped?
 *
 * Replacing a function is only sound when the function that we compiled from the source, before the patch,
 * is the one that the machine runs. So every function of the translation unit is compared with the shipped
 * image or module: byte for byte outside of references, and each reference must lead to what its name says.
 * That second half teaches where everything is: when `foo` matches and calls the static `helper`, the
 * address in the call is the address of that `helper`, whichever of the five functions of that name it is.
 *
 * Example. The image has `cleanup` three times. Two of them differ in their bytes from ours; one matches, so
 * it is that one: its position among the three is what klp is told. Had two matched, `foo`, which is unique
 * and calls it, would tell.
 *
 * Passes: try each function at each address of its name; take what unique matches teach; let that decide
 * between twins; repeat until nothing new is learned.
 *
 * Limits: twins that nothing unique refers to stay undecided, and are refused when they are needed. Data is
 * located by who refers to it or by a name that is unique; its content may have changed since the start
 * and is not compared, except for literals.
 *
 * Cost: one pass over the bytes of the unit for each address that a name has.
 */
import type { Address } from '@uptide/elf';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { type Learned, type Mismatch, matchPiece } from './match-piece.ts';
import type { Shipped } from './shipped.ts';

/** The verdict on one function. */
export type FunctionMatch =
  | { readonly state: 'matched'; readonly address: Address }
  /** Several shipped functions of that name are equal to it. */
  | { readonly state: 'twins'; readonly addresses: readonly Address[] }
  /** None is. The mismatch is that of the address where it got furthest. */
  | { readonly state: 'differs'; readonly address: Address; readonly mismatch: Mismatch }
  | { readonly state: 'absent' };

/** The match of one translation unit with one shipped object. */
export interface UnitMatch {
  readonly shipped: Shipped;
  readonly functions: ReadonlyMap<Piece, FunctionMatch>;
  /** Where named pieces are, as matched code says. */
  readonly pieces: ReadonlyMap<Piece, Address>;
  /** Where symbols of other units are, as matched code says. */
  readonly externals: ReadonlyMap<string, Address>;
}

/** Matches every function of a unit with what was shipped. */
export function matchUnit(unit: Dissection, shipped: Shipped): UnitMatch {
  const functions = unit.pieces.filter(({ kind }) => kind === 'function');
  const attempts = new Map(functions.map((piece) => [piece, attempt(piece, shipped)]));
  const learned: Learned = { pieces: new Map(), externals: new Map() };
  // Take what unique matches teach, and let it decide between twins, until a round decides nothing.
  for (let open = functions; open.length > 0; ) {
    const decided = open.filter((piece) => decide(piece, attempts, learned));
    if (decided.length === 0) break;
    open = open.filter((piece) => !decided.includes(piece));
  }
  const verdicts = new Map(
    functions.map((piece) => [piece, verdict(piece, attempts.get(piece) ?? NONE, learned)]),
  );
  return { shipped, functions: verdicts, pieces: learned.pieces, externals: learned.externals };
}

interface Attempt {
  /** The addresses at which the function matches, with what each match teaches. */
  readonly matching: readonly { readonly address: Address; readonly learned: Learned }[];
  /** The address at which it got furthest and does not match. */
  readonly nearest: { readonly address: Address; readonly mismatch: Mismatch } | undefined;
}

const NONE: Attempt = { matching: [], nearest: undefined };

function attempt(piece: Piece, shipped: Shipped): Attempt {
  const matching: { address: Address; learned: Learned }[] = [];
  let nearest: Attempt['nearest'];
  for (const address of new Set(shipped.named(piece.name).map((symbol) => symbol.address))) {
    const learned: Learned = { pieces: new Map(), externals: new Map() };
    const mismatch = matchPiece(piece, address, shipped, learned);
    if (mismatch === undefined) matching.push({ address, learned });
    else if (nearest === undefined || mismatch.offset > nearest.mismatch.offset)
      nearest = { address, mismatch };
  }
  return { matching, nearest };
}

/** Adds what a function teaches when it is known which shipped one it is. */
function decide(piece: Piece, attempts: ReadonlyMap<Piece, Attempt>, learned: Learned): boolean {
  const { matching } = attempts.get(piece) ?? NONE;
  const told = learned.pieces.get(piece);
  const chosen = told === undefined ? matching : matching.filter(({ address }) => address === told);
  const [only] = chosen;
  if (only === undefined || chosen.length > 1) return false;
  learned.pieces.set(piece, only.address);
  for (const [target, address] of only.learned.pieces) {
    if (!learned.pieces.has(target)) learned.pieces.set(target, address);
  }
  for (const [name, address] of only.learned.externals) {
    if (!learned.externals.has(name)) learned.externals.set(name, address);
  }
  return true;
}

function verdict(piece: Piece, { matching, nearest }: Attempt, learned: Learned): FunctionMatch {
  const told = learned.pieces.get(piece);
  const chosen = matching.find(({ address }) => address === told);
  if (chosen !== undefined) return { state: 'matched', address: chosen.address };
  if (matching.length > 1) return { state: 'twins', addresses: matching.map(({ address }) => address) };
  if (nearest !== undefined) return { state: 'differs', ...nearest };
  const [only] = matching;
  if (only === undefined) return { state: 'absent' };
  const reason = 'matched code refers to another function of that name';
  return { state: 'differs', address: only.address, mismatch: { offset: 0, reason } };
}
