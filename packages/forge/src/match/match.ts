// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this the code that was shipped?
 *
 * Replacing a function is only sound when the function that we compiled from the source, before the patch,
 * is the one that the machine runs. So every function of the translation unit is compared with the shipped
 * image or module: byte for byte outside of references (and the lengths of jumps, see match-relaxed.ts), and
 * each reference must lead to what its name says.
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
 * Two functions that place a thing differently cannot both be what they seem: neither is taken as matched.
 *
 * Limits: twins that nothing unique refers to stay undecided, and are refused when they are needed. Data is
 * located by who refers to it or by a name that is unique; its content may have changed since the start
 * and is not compared, except for literals.
 *
 * Cost: one pass over the bytes of the unit for each address that a name has.
 */
import type { Address } from '@uptide/elf';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { type Learned, type Mismatch, matchPiece, nothingLearned } from './match-piece.ts';
import { matchRelaxed, mayBeRelaxed, type RelaxedLayout } from './match-relaxed.ts';
import type { Shipped } from './shipped.ts';

/** The verdict on one function. */
export type FunctionMatch =
  | {
      readonly state: 'matched';
      readonly address: Address;
      /** How it lies there when it is equal but for the lengths of jumps. */
      readonly layout: RelaxedLayout | undefined;
    }
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
  const facts = new Facts();
  // Take what unique matches teach, and let it decide between twins, until a round decides nothing.
  for (let open = functions; open.length > 0; ) {
    const undecided = open.filter((piece) => !decide(piece, attempts, facts));
    if (undecided.length === open.length) break;
    open = undecided;
  }
  const verdicts = new Map(
    functions.map((piece) => [piece, verdict(piece, attempts.get(piece) ?? NONE, facts)]),
  );
  const { pieces, externals } = facts.undisputed();
  return { shipped, functions: verdicts, pieces, externals };
}

/** Where things are, as matched functions say, with the first that said so. */
class Facts {
  readonly #places = new Map<Piece | string, { readonly address: Address; readonly by: Piece }>();
  /** What two functions place differently, and those functions: one of them is not what it seems. */
  readonly disputed = new Set<Piece | string>();

  placeOf(subject: Piece | string): Address | undefined {
    return this.#places.get(subject)?.address;
  }

  note(subject: Piece | string, address: Address, by: Piece): void {
    const before = this.#places.get(subject);
    if (before === undefined) this.#places.set(subject, { address, by });
    else if (before.address !== address) for (const each of [subject, before.by, by]) this.disputed.add(each);
  }

  undisputed(): { pieces: Map<Piece, Address>; externals: Map<string, Address> } {
    const pieces = new Map<Piece, Address>();
    const externals = new Map<string, Address>();
    for (const [subject, { address }] of this.#places) {
      if (this.disputed.has(subject)) continue;
      if (typeof subject === 'string') externals.set(subject, address);
      else pieces.set(subject, address);
    }
    return { pieces, externals };
  }
}

interface Matching {
  readonly address: Address;
  readonly learned: Learned;
  readonly layout: RelaxedLayout | undefined;
}

interface Attempt {
  /** The addresses at which the function matches, with what each match teaches. */
  readonly matching: readonly Matching[];
  /** The address at which it got furthest and does not match. */
  readonly nearest: { readonly address: Address; readonly mismatch: Mismatch } | undefined;
}

const NONE: Attempt = { matching: [], nearest: undefined };

function attempt(piece: Piece, shipped: Shipped): Attempt {
  const matching: Matching[] = [];
  let nearest: Attempt['nearest'];
  for (const address of new Set(shipped.named(piece.name).map((symbol) => symbol.address))) {
    const learned = nothingLearned();
    const mismatch = matchPiece(piece, address, shipped, learned);
    if (mismatch === undefined) {
      matching.push({ address, learned, layout: undefined });
      continue;
    }
    const relearned = nothingLearned();
    const layout = mayBeRelaxed(piece) ? matchRelaxed(piece, address, shipped, relearned) : undefined;
    if (layout !== undefined) matching.push({ address, learned: relearned, layout });
    else if (nearest === undefined || mismatch.offset > nearest.mismatch.offset)
      nearest = { address, mismatch };
  }
  return { matching, nearest };
}

/** Adds what a function teaches when it is known which shipped one it is. */
function decide(piece: Piece, attempts: ReadonlyMap<Piece, Attempt>, facts: Facts): boolean {
  const { matching } = attempts.get(piece) ?? NONE;
  const told = facts.placeOf(piece);
  const chosen = told === undefined ? matching : matching.filter(({ address }) => address === told);
  const [only] = chosen;
  if (only === undefined || chosen.length > 1) return false;
  facts.note(piece, only.address, piece);
  for (const [target, address] of only.learned.pieces) facts.note(target, address, piece);
  for (const [name, address] of only.learned.externals) facts.note(name, address, piece);
  return true;
}

function verdict(piece: Piece, { matching, nearest }: Attempt, facts: Facts): FunctionMatch {
  const told = facts.placeOf(piece);
  const disputed = facts.disputed.has(piece);
  const chosen = disputed ? undefined : matching.find(({ address }) => address === told);
  if (chosen !== undefined) return { state: 'matched', address: chosen.address, layout: chosen.layout };
  if (matching.length > 1 && !disputed) {
    return { state: 'twins', addresses: matching.map(({ address }) => address) };
  }
  if (nearest !== undefined && matching.length === 0) return { state: 'differs', ...nearest };
  const [only] = matching;
  if (only === undefined) return { state: 'absent' };
  const reason = 'matched code refers to another function of that name';
  return { state: 'differs', address: only.address, mismatch: { offset: 0, reason } };
}
