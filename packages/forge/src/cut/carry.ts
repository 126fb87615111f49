// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { STB } from '@uptide/elf';
import { isStartOrEndCode } from '../compare/compare.ts';
import { identityOf } from '../compare/identity.ts';
import { coldParent } from '../compare/names.ts';
import type { Piece, Reference } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { placementOf } from './placement.ts';
import type { Carried } from './resolve.ts';
import type { CutUnit } from './unit.ts';

/** What is carried of one unit, in the order of its object, and what cannot be. */
export interface CarriedUnit {
  readonly pieces: readonly Piece[];
  readonly findings: readonly Finding[];
}

/**
 * Collects what a unit gives to the module: replaced and new functions with their cold parts, and of what
 * they refer to all that the running kernel does not have or that counts by content: literals, tables
 * without a name, new data. Nothing that nobody refers to is carried.
 */
export function carryUnit(unit: CutUnit): CarriedUnit {
  const { changed, added, post } = unit.comparison;
  const roots: Piece[] = [];
  // Code that runs once has its finding from the comparison.
  for (const { post: piece, postCold } of changed) {
    if (!isStartOrEndCode(piece)) roots.push(piece, ...(postCold === undefined ? [] : [postCold]));
  }
  for (const piece of added) {
    if (isStartOrEndCode(piece)) continue;
    roots.push(piece);
    roots.push(
      ...post.pieces.filter(({ kind, name }) => kind === 'function' && coldParent(name) === piece.name),
    );
  }
  const carried = new Set<Piece>(roots);
  const open = [...roots];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    for (const { target } of referencesOf(piece)) {
      if (target.kind !== 'piece' || carried.has(target.piece) || !goesAlong(target.piece, unit)) continue;
      carried.add(target.piece);
      open.push(target.piece);
    }
  }
  const pieces = [...carried].toSorted((a, b) => a.section.index - b.section.index || a.start - b.start);
  return { pieces, findings: pieces.flatMap((piece) => refusal(piece, unit)) };
}

/** All references of a piece and of its table entries that make something necessary. */
function referencesOf(piece: Piece): Reference[] {
  return [...piece.references, ...piece.entries.flatMap((entry) => entry.references)];
}

function goesAlong(piece: Piece, unit: CutUnit): boolean {
  if (piece.kind === 'function') return false;
  return identityOf(piece) === 'content' || unit.comparison.pairing.pre(piece) === undefined;
}

function refusal(piece: Piece, unit: CutUnit): Finding[] {
  const placement = placementOf(piece);
  if (placement.kind === 'section') return [];
  const place = { object: unit.object, file: unit.source, section: piece.section.name, symbol: piece.name };
  return [finding(placement.code, 'refuse', place, placement.reason)];
}

/** Puts the units together: what the references of any of them may find in the module. */
export function carriedOf(
  units: readonly { readonly unit: CutUnit; readonly carried: CarriedUnit }[],
): Carried {
  const newGlobals = new Map<string, Map<string, Piece>>();
  for (const { unit, carried } of units) {
    const ofObject = newGlobals.get(unit.object) ?? new Map<string, Piece>();
    newGlobals.set(unit.object, ofObject);
    for (const piece of carried.pieces) {
      const isNew = piece.kind === 'function' || piece.kind === 'data';
      if (isNew && piece.symbol?.bind !== STB.LOCAL && unit.comparison.pairing.pre(piece) === undefined) {
        for (const name of piece.aliases) ofObject.set(name, piece);
      }
    }
  }
  return { pieces: new Set(units.flatMap(({ carried }) => carried.pieces)), newGlobals };
}
