// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which functions a function calls, by name.
 *
 * Several rules ask what a function calls before and after a patch: locks, references, sleeping. The compiler
 * stands between the source and the answer, since it may inline a helper in one compilation and call it in
 * the other.
 *
 * Example. Before, `f` calls `take()`, which calls `mutex_lock`; after, `take` is inlined, and `f` calls
 * `mutex_lock` itself. Counted naively, `f` takes a lock that it did not take. So a function of the same unit
 * that one side calls more often than the other is looked into: its calls count as those of its caller. What
 * both sides call alike is compared where it is itself changed.
 *
 * Limits: what counts is how often a call stands in the code, not how often it runs. Calls through pointers
 * have no name. The compiler may double a call site, or join two of them. Calls are followed 16 deep.
 */
import { coldParent } from '../compare/names.ts';
import type { Piece } from '../dissect/piece.ts';

/** Calls in calls that are followed; GCC inlines less deep than that (max-inline-recursive-depth is 8). */
const MAX_DEPTH = 16;

/** How often each name is called. */
export type CallCounts = ReadonlyMap<string, number>;

/** What a function calls before and after the patch. */
export interface ComparedCalls {
  readonly pre: CallCounts;
  readonly post: CallCounts;
}

interface Call {
  readonly name: string;
  /** The function, when it is one of the same unit. */
  readonly piece: Piece | undefined;
}

/** The calls of a function that is in both objects. */
export function compareCalls(change: { readonly pre: Piece; readonly post: Piece }): ComparedCalls {
  const before = ownCalls(change.pre);
  const after = ownCalls(change.post);
  return { pre: countWithInner(change.pre, before, after), post: countWithInner(change.post, after, before) };
}

/** The names that a function calls itself. */
export function calledNames(piece: Piece): ReadonlySet<string> {
  return new Set(ownCalls(piece).map(({ name }) => name));
}

/** The names whose count differs, sorted. */
export function differingNames({ pre, post }: ComparedCalls, counts: (name: string) => boolean): string[] {
  return [...new Set([...pre.keys(), ...post.keys()])]
    .filter((name) => counts(name) && pre.get(name) !== post.get(name))
    .sort();
}

/** A sentence part for each name whose count differs: `mutex_lock (1 before, 2 after)`, sorted by name. */
export function differingCalls(calls: ComparedCalls, counts: (name: string) => boolean): string[] {
  return differingNames(calls, counts).map(
    (name) => `${name} (${calls.pre.get(name) ?? 0} before, ${calls.post.get(name) ?? 0} after)`,
  );
}

/** Calls and jumps to other functions, those of the cold part included. */
function ownCalls(piece: Piece): Call[] {
  const parts = new Set([piece]);
  const calls: Call[] = [];
  // A set hands out what is added while it is walked.
  for (const part of parts) {
    for (const { branch, target } of part.references) {
      if (!branch) continue;
      if (target.kind === 'external') calls.push({ name: sourceName(target.symbol.name), piece: undefined });
      else if (target.piece.kind !== 'function' || parts.has(target.piece)) continue;
      else if (coldParent(target.piece.name) !== undefined) parts.add(target.piece);
      else calls.push({ name: sourceName(target.piece.name), piece: target.piece });
    }
  }
  return calls;
}

/** Counts the calls of `caller`, with those of functions that `other` does not call as often. */
function countWithInner(caller: Piece, calls: readonly Call[], other: readonly Call[]): CallCounts {
  const [here, there] = [timesByName(calls), timesByName(other)];
  const isShared = (name: string): boolean => there.has(name) && here.get(name) === there.get(name);
  const counted = new Map<Piece, CallCounts>([[caller, new Map()]]);
  const count = (list: readonly Call[], depth: number): CallCounts => {
    const counts = new Map<string, number>();
    const add = (name: string, more: number): void => {
      counts.set(name, (counts.get(name) ?? 0) + more);
    };
    for (const { name, piece } of list) {
      add(name, 1);
      if (piece === undefined || isShared(name) || depth === MAX_DEPTH) continue;
      let inner = counted.get(piece);
      if (inner === undefined) {
        // A function that calls itself, directly or not, counts once.
        counted.set(piece, new Map());
        inner = count(ownCalls(piece), depth + 1);
        counted.set(piece, inner);
      }
      for (const [each, times] of inner) add(each, times);
    }
    return counts;
  };
  return count(calls, 0);
}

function timesByName(calls: readonly Call[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { name } of calls) times.set(name, (times.get(name) ?? 0) + 1);
  return times;
}

/** The name without what GCC appends to clones (`.isra.0`, `.constprop.0`, `.part.0`). */
function sourceName(name: string): string {
  const dot = name.indexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}
