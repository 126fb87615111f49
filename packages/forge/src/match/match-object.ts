// SPDX-License-Identifier: GPL-2.0-or-later
import { type Address, formatAddress, readObject } from '@uptide/elf';
import { dissect } from '../dissect/dissect.ts';
import type { Piece } from '../dissect/piece.ts';
import { judgeMatch } from './judge.ts';
import { matchUnit } from './match.ts';
import type { Shipped } from './shipped.ts';

/** A function that is not the shipped one. */
export interface MismatchedFunction {
  readonly name: string;
  readonly state: 'differs' | 'absent';
  /** Bytes from the start of the function to where the two part. */
  readonly offset: number | undefined;
  readonly reason: string;
}

/** The answer of `uptide match`; its JSON is read by programs and only ever added to. */
export interface ObjectMatch {
  readonly schema: 1;
  readonly object: string;
  /** Functions of the given object file. */
  readonly functions: number;
  readonly matched: number;
  /** Functions that equal several shipped ones of their name, which nothing tells apart. */
  readonly twins: number;
  /** Those, with the addresses of their equals. */
  readonly undecided: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly mismatched: readonly MismatchedFunction[];
}

/**
 * Matches every function of an object file with the shipped code of a klp object.
 *
 * @throws ElfError when the file is no readable object; ForgeError OBJECT_* when it cannot be taken apart.
 */
export function matchObject(file: Uint8Array, shipped: Shipped, source: string): ObjectMatch {
  const match = matchUnit(dissect(readObject(file)), shipped);
  const undecided: { name: string; addresses: string[] }[] = [];
  const mismatched: MismatchedFunction[] = [];
  let matched = 0;
  for (const [piece, verdict] of match.functions) {
    if (verdict.state === 'matched') matched++;
    else if (verdict.state === 'twins') {
      undecided.push({
        name: piece.name,
        addresses: verdict.addresses.map((address: Address) => formatAddress(address)),
      });
    } else {
      const offset = verdict.state === 'differs' ? verdict.mismatch.offset : undefined;
      mismatched.push({ name: piece.name, state: verdict.state, offset, reason: reasonFor(piece) });
    }
  }
  function reasonFor(piece: Piece): string {
    return judgeMatch(match, [piece], source)
      .map(({ reason }) => reason)
      .join('; ');
  }
  const byName = (a: { name: string }, b: { name: string }): number =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  return {
    schema: 1,
    object: shipped.object,
    functions: match.functions.size,
    matched,
    twins: undecided.length,
    undecided: undecided.sort(byName),
    mismatched: mismatched.sort(byName),
  };
}
