// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changed functions without an ftrace site that all of the kernel may call.
 *
 * The library of the kernel (lib/) is built without ftrace, so that none of its functions can be replaced. A fix
 * there can be made live all the same: the module carries the new copy, and every function that calls the old one
 * is replaced by a copy that calls the new one. That is sound only when nobody is left out, and names in sources
 * do not tell: macros paste names, assembly calls, tables hold addresses.
 *
 * Example. `ucs2_strsize` is called by four functions of vmlinux, of which one ran at the start, and by three of
 * the module efivarfs. Three and three are replaced.
 *
 * Approach: the shipped code itself says who calls. In the image every field is found that holds the address or
 * the distance (match/image-mentions.ts); in a module, every relocation against the name. The units whose source
 * says the name are compiled, and matched with what was shipped. Then both are counted, function by function: all
 * that was shipped must be a call in a function of these units that matched, and the numbers must be the same. A
 * call that comes from an inline function of a header is in a shipped function whose name leads to its source.
 * Callers without a site of their own are followed to their callers in turn.
 *
 * Limits: modules that did not come with the kernel go on calling the old function, which stays as it is; where
 * it is exported, the finding is for review. Init code of vmlinux has run. Init and exit code of a module cannot
 * be replaced: refused. So is a function of a module that others import.
 */
import type { Address } from '@uptide/elf';
import { isStartOrEndCode } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import { exportedName } from '../compare/reach.ts';
import { type Dissection, type Piece, pieceSize, type Reference } from '../dissect/piece.ts';
import type { UnitMatch } from '../match/match.ts';
import { wholeOf } from './callers.ts';

/** A unit that may call, in one klp object, matched with what was shipped. */
export interface CallingUnit {
  readonly source: string;
  readonly object: string;
  readonly comparison: Comparison;
  readonly match: UnitMatch;
}

/** A function of a unit that calls; of the original object. */
export interface FarCaller {
  readonly unit: CallingUnit;
  readonly caller: Piece;
}

/** All callers of a function, or why they cannot be known. */
export type FarCallers =
  | { readonly known: true; readonly callers: readonly FarCaller[] }
  | {
      readonly known: false;
      readonly reason: string;
      /** Names of shipped functions that call it and that no unit explains: other units may. */
      readonly unexplained?: readonly string[];
    };

/** What the shipped image says of one function. */
export interface ImageCalls {
  /** The places of calls and jumps to it, without those in code that is freed after the start. */
  readonly calls: readonly Address[];
  /** A name for each place, for messages. */
  readonly nameOf: (place: Address) => string;
}

/**
 * Explains the calls of a function that vmlinux has.
 *
 * @param names all names of the function
 * @param units the units of vmlinux that may call it, its own among them
 */
export function explainImage(
  names: ReadonlySet<string>,
  { calls, nameOf }: ImageCalls,
  units: readonly CallingUnit[],
): FarCallers {
  const open = new Set(calls);
  const callers: FarCaller[] = [];
  for (const unit of units) {
    for (const { user, count, onlyCalled } of usersIn(unit.comparison.pre, names)) {
      // It ran at the start; what it kept would have been found.
      if (isStartOrEndCode(user)) continue;
      if (!onlyCalled) return unknown(`${user.name} of ${unit.source} keeps its address`);
      const range = shippedRange(user, unit.match);
      if (range === undefined)
        return unknown(`${user.name} of ${unit.source} is not the function that was shipped`);
      const found = [...open].filter((place) => place >= range.start && place < range.end);
      if (found.length !== count) {
        return unknown(
          `${user.name} of ${unit.source} calls it ${count} times, and as it was shipped ${found.length} times`,
        );
      }
      for (const place of found) open.delete(place);
      callers.push({ unit, caller: wholeOf(unit.comparison.pre, user) });
    }
  }
  const left = [...new Set([...open].map(nameOf))].sort();
  if (left.length === 0) return { known: true, callers };
  return unknown(`${left.join(', ')} of vmlinux call it, and no source says so`, left);
}

/**
 * Explains the calls of a function that a module imports.
 *
 * @param calling for each field of the module that holds its address or the distance to it, the name of the
 * function that the field is in
 * @param units the units of the module that may call it
 */
export function explainModule(
  names: ReadonlySet<string>,
  object: string,
  calling: readonly string[],
  units: readonly CallingUnit[],
): FarCallers {
  const callers: FarCaller[] = [];
  let explained = 0;
  const users = new Set<string>();
  for (const unit of units) {
    for (const { user, count, onlyCalled } of usersIn(unit.comparison.pre, names)) {
      const where = `${user.name} of ${unit.source}`;
      if (!onlyCalled) return unknown(`${where} keeps its address`);
      if (isStartOrEndCode(user))
        return unknown(`${where} calls it, which runs when ${object} is loaded or unloaded`);
      if (shippedRange(user, unit.match) === undefined)
        return unknown(`${where} is not the function that was shipped`);
      explained += count;
      users.add(user.name);
      callers.push({ unit, caller: wholeOf(unit.comparison.pre, user) });
    }
  }
  if (explained === calling.length) return { known: true, callers };
  const left = [...new Set(calling.filter((name) => !users.has(name)))].sort();
  return unknown(
    `${object} refers to it at ${calling.length} places, and its sources explain ${explained}`,
    left,
  );
}

const unknown = (reason: string, unexplained: readonly string[] = []): FarCallers => ({
  known: false,
  reason,
  unexplained,
});

/** Where a piece of code was shipped; undefined when it did not match. */
function shippedRange(
  piece: Piece,
  match: UnitMatch,
): { readonly start: number; readonly end: number } | undefined {
  const verdict = match.functions.get(piece);
  if (verdict?.state !== 'matched') return undefined;
  return { start: verdict.address, end: verdict.address + (verdict.layout?.size ?? pieceSize(piece)) };
}

/** A piece that mentions a function, how often, and whether it does nothing but call it. */
interface User {
  readonly user: Piece;
  readonly count: number;
  readonly onlyCalled: boolean;
}

/** Who in an object mentions a function of one of these names; its export is no mention. */
function usersIn(object: Dissection, names: ReadonlySet<string>): User[] {
  const isMeant = ({ target }: Reference, user: Piece): boolean => {
    if (target.kind === 'external') return names.has(target.symbol.name);
    const { piece, offset } = target;
    if (piece.kind !== 'function' || !piece.aliases.some((name) => names.has(name))) return false;
    return piece !== user || offset === 0;
  };
  const users: User[] = [];
  for (const user of [...object.pieces, ...object.literals]) {
    if (exportedName(user) !== undefined) continue;
    const entries = user.entries.flatMap(({ references }) => references.slice(1));
    const mentions = [...user.references, ...entries].filter((reference) => isMeant(reference, user));
    if (mentions.length === 0) continue;
    const isCall = ({ branch, width, target }: Reference): boolean =>
      branch && width === 4 && target.offset === 0;
    users.push({
      user,
      count: mentions.length,
      onlyCalled: user.kind === 'function' && mentions.every(isCall),
    });
  }
  return users;
}
