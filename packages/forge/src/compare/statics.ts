// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { SHF, STB } from '@uptide/elf';
import type { Dissection, Piece, Reference } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { FunctionChange } from './comparison.ts';
import { isSourceLocation } from './drift.ts';
import { identityOf } from './identity.ts';
import { isInsideFunction } from './names.ts';
import { coldParts } from './pair-by-name.ts';
import type { Pairing } from './pairing.ts';

/** Finds state of changed functions that does not live on: what has no counterpart in the other object. */
export function judgeStatics(
  pre: Dissection,
  changed: readonly FunctionChange[],
  pairing: Pairing,
): Finding[] {
  const cold = coldParts(pre);
  const before = changed.map((change): [string, Piece[]] => [
    change.name,
    partsOf(change.pre, cold.get(change.pre)),
  ]);
  const after = changed.map((change): [string, Piece[]] => [
    change.name,
    partsOf(change.post, change.postCold),
  ]);
  return [
    ...mentions(before, (piece) => pairing.post(piece) === undefined && isStatic(piece)).map(
      ([name, piece]) =>
        finding(
          'COMPARE_STATIC_LOCAL_GONE',
          'review',
          { symbol: name },
          `${name} used the static local ${piece.name}, which nothing in the patched object stands for`,
        ),
    ),
    ...mentions(after, (piece) => pairing.pre(piece) === undefined && isStatic(piece)).map(([name, piece]) =>
      finding(
        'COMPARE_STATIC_LOCAL_NEW',
        'review',
        { symbol: name },
        `${name} uses the static local ${piece.name}, which no function of the original uses in the same way`,
      ),
    ),
    ...mentions(after, isUnnamedState).map(([name, piece]) =>
      finding(
        'COMPARE_STATIC_LOCAL_NEW',
        'review',
        { symbol: name },
        `${name} uses data without a name in ${piece.section.name}, of which it gets a fresh copy`,
      ),
    ),
  ];
}

const partsOf = (piece: Piece, cold: Piece | undefined): Piece[] =>
  cold === undefined ? [piece] : [piece, cold];

/** Variables inside functions, as GCC names them and as clang does. */
function isStatic(piece: Piece): boolean {
  if (piece.kind !== 'data' || (piece.section.flags & SHF.WRITE) === 0) return false;
  return identityOf(piece) !== 'content' && piece.symbol?.bind === STB.LOCAL && isInsideFunction(piece.name);
}

/** Compound literals of clang, which are variables; what describes a check of UBSAN is none. */
function isUnnamedState(piece: Piece): boolean {
  if (piece.kind !== 'anonymous' || (piece.section.flags & SHF.WRITE) === 0) return false;
  if ((piece.section.flags & SHF.EXECINSTR) !== 0) return false;
  return !isSourceLocation(piece) && !/Lubsan/.test(piece.section.name);
}

/** Each piece that functions mention and that `wanted` takes, with the first function that does. */
function mentions(
  functions: readonly (readonly [string, readonly Piece[]])[],
  wanted: (piece: Piece) => boolean,
): [string, Piece][] {
  const found = new Map<Piece, string>();
  for (const [name, parts] of functions) {
    for (const { target } of parts.flatMap(referencesOf)) {
      if (target.kind !== 'piece' || found.has(target.piece) || !wanted(target.piece)) continue;
      found.set(target.piece, name);
    }
  }
  return [...found].map(([piece, name]) => [name, piece]);
}

function referencesOf({ references, entries }: Piece): Reference[] {
  return [...references, ...entries.flatMap((entry) => entry.references.slice(1))];
}
