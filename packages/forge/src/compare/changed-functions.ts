// SPDX-License-Identifier: GPL-2.0-or-later
import type { Dissection, Piece, TableEntry } from '../dissect/piece.ts';
import type { FunctionChange } from './comparison.ts';
import { type Difference, firstDifference, nameOf } from './difference.ts';
import type { Equality } from './equality.ts';
import { differsOnlyInLines } from './line-drift.ts';
import { prefixedFunction } from './names.ts';
import { coldParts } from './pair-by-name.ts';
import type { Pairing } from './pairing.ts';
import { sectionClass } from './section-class.ts';

/** What belongs to a function and is not listed by itself. */
interface Family {
  /** The cold part of each function that has one. */
  readonly cold: ReadonlyMap<Piece, Piece>;
  /** What stands before each function that has a symbol for it. */
  readonly prefix: ReadonlyMap<Piece, Piece>;
  readonly members: ReadonlySet<Piece>;
}

function familyOf(object: Dissection): Family {
  const cold = coldParts(object);
  const prefix = prefixes(object);
  return { cold, prefix, members: new Set([...cold.values(), ...prefix.values()]) };
}

/** The prefix that stands before a function, for each function that has one. */
function prefixes(object: Dissection): Map<Piece, Piece> {
  const result = new Map<Piece, Piece>();
  let waiting: Piece | undefined;
  for (const piece of object.pieces) {
    if (piece.kind !== 'function') continue;
    const name = waiting === undefined ? undefined : prefixedFunction(waiting.name);
    if (waiting !== undefined && name !== undefined && waiting.section === piece.section) {
      if (piece.aliases.includes(name)) result.set(piece, waiting);
    }
    waiting = piece;
  }
  return result;
}

/** Functions of both objects that do not do the same, in the order of the patched object. */
export function changedFunctions(
  pre: Dissection,
  post: Dissection,
  pairing: Pairing,
  equality: Equality,
): FunctionChange[] {
  const before = familyOf(pre);
  const after = familyOf(post);
  const changes: FunctionChange[] = [];
  for (const piece of post.pieces) {
    const original = pairing.pre(piece);
    if (piece.kind !== 'function' || original === undefined || after.members.has(piece)) continue;
    const postCold = after.cold.get(piece);
    const difference =
      differenceOf(original, piece, equality) ??
      movedDifference(original, piece) ??
      memberDifference(before.cold.get(original), postCold, equality) ??
      memberDifference(before.prefix.get(original), after.prefix.get(piece), equality);
    if (difference === undefined) continue;
    changes.push({ name: original.name, pre: original, post: piece, postCold, difference });
  }
  return changes;
}

/** Functions that only the patched object has. */
export function addedFunctions(post: Dissection, pairing: Pairing): Piece[] {
  const { members } = familyOf(post);
  return post.pieces.filter(
    (piece) => piece.kind === 'function' && pairing.pre(piece) === undefined && !members.has(piece),
  );
}

/** Functions that only the original has. */
export function removedFunctions(pre: Dissection, pairing: Pairing): Piece[] {
  const { members } = familyOf(pre);
  return pre.pieces.filter(
    (piece) => piece.kind === 'function' && pairing.post(piece) === undefined && !members.has(piece),
  );
}

/** A member that only one of the two has shows in the function itself. */
function memberDifference(
  pre: Piece | undefined,
  post: Piece | undefined,
  equality: Equality,
): Difference | undefined {
  return pre === undefined || post === undefined ? undefined : differenceOf(pre, post, equality);
}

/** How two versions of a function differ; undefined when they do the same. */
function differenceOf(pre: Piece, post: Piece, equality: Equality): Difference | undefined {
  const sameReferences = equality.references(pre.references, post.references);
  const sameEntries = equality.entries(pre.entries, post.entries);
  if (sameReferences && sameEntries && pre.end - pre.start === post.end - post.start) {
    if (equality.bytes(pre, post) || differsOnlyInLines(pre, post)) return undefined;
  }
  return firstDifference(pre, post, equality) ?? tableDifference(pre, post, equality);
}

/** The same code in another kind of section: code that was freed, or that may not be traced. */
function movedDifference(pre: Piece, post: Piece): Difference | undefined {
  if (sectionClass(pre) === sectionClass(post)) return undefined;
  const describe = ({ section }: Piece): string => `in ${section.name}`;
  return { preOffset: 0, postOffset: 0, pre: describe(pre), post: describe(post) };
}

/** The code is equal, but a special table says something else of it. */
function tableDifference(pre: Piece, post: Piece, equality: Equality): Difference {
  const entries = equality.differingEntry(pre.entries, post.entries);
  return {
    preOffset: entries?.pre?.ownerOffset,
    postOffset: entries?.post?.ownerOffset,
    pre: describeEntry(entries?.pre),
    post: describeEntry(entries?.post),
  };
}

function describeEntry(entry: TableEntry | undefined): string {
  if (entry === undefined) return 'no such entry';
  const names = entry.references.slice(1).map(({ target }) => nameOf(target));
  return `entry of ${entry.table.section} ${names.join(', ')}`.trimEnd();
}
