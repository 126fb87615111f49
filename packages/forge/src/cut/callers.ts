// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changed functions that klp cannot replace.
 *
 * klp switches a function at its ftrace site. `inline` means notrace in the kernel, so the copies of inline
 * functions that the compiler did not inline have none, and neither have functions marked notrace. Such a
 * function of one file can be changed all the same when everyone who calls it is in that file: the module
 * carries the new copy, and the callers are replaced by copies that call it.
 *
 * Example. A fix in a header's `static inline` function, which GCC left out of line in this file: `helper` has
 * no site, `foo` and `bar` call it. The module replaces `foo` and `bar`.
 *
 * Approach: from the functions without a site go up to their callers, further where a caller has none itself,
 * until all are functions with a site. One whose address is kept somewhere has callers that nobody can list: its
 * refusal stays. One that is global is called from elsewhere; see far-callers.ts.
 */
import type { Finding } from '@uptide/base';
import { STB } from '@uptide/elf';
import { hasFtraceSite, isStartOrEndCode } from '../compare/compare.ts';
import type { Comparison, FunctionChange } from '../compare/comparison.ts';
import { coldParent } from '../compare/names.ts';
import { exportedName } from '../compare/reach.ts';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';

/** Replaces the callers of changed functions that have no ftrace site, as far as they can all be known. */
export function replaceCallers(comparison: Comparison): Comparison {
  const { pre, post, pairing } = comparison;
  const hidden = comparison.changed.filter(
    (change) => !hasFtraceSite(change.pre) && !isStartOrEndCode(change.pre),
  );
  if (hidden.length === 0) return comparison;
  const preUsers = usersOf(pre);
  const postUsers = usersOf(post);
  const carried = new Set<Piece>();
  const replaced = new Map<Piece, FunctionChange>();
  const said: Finding[] = [];
  for (const change of hidden) {
    const climb = climbFrom(change.post, { pairing, preUsers, postUsers });
    if (climb === undefined) continue;
    for (const piece of climb.carried) carried.add(piece);
    for (const caller of climb.callers) {
      const original = pairing.pre(caller);
      if (original === undefined || comparison.changed.some(({ post: known }) => known === caller)) continue;
      replaced.set(caller, callerChange(post, original, caller, change.name));
    }
    const names = climb.callers.map(({ name }) => name).sort();
    const reason = `${change.name} has no ftrace site; ${names.join(', ')}, which are all that call it, call its new copy`;
    said.push(finding('COMPARE_CALLERS_REPLACED', 'ok', { symbol: change.name }, reason));
  }
  const settled = new Set(hidden.filter((change) => carried.has(change.post)).map(({ name }) => name));
  const changed = [...comparison.changed.filter((change) => !carried.has(change.post)), ...replaced.values()];
  for (const piece of carried) {
    const original = pairing.pre(piece);
    if (original !== undefined) pairing.remove(original, piece);
  }
  const findings = comparison.findings.filter(
    ({ code, place }) => code !== 'COMPARE_NO_FTRACE_SITE' || !settled.has(place.symbol ?? ''),
  );
  return {
    ...comparison,
    changed,
    added: [...comparison.added, ...carried],
    findings: [...findings, ...said],
  };
}

/** Who mentions a function, and whether all of them only call it. */
export interface Users {
  readonly callers: ReadonlySet<Piece>;
  readonly onlyCalled: boolean;
}

interface Known {
  readonly pairing: Comparison['pairing'];
  readonly preUsers: ReadonlyMap<Piece, Users>;
  readonly postUsers: ReadonlyMap<Piece, Users>;
}

/** Goes up from a function without a site; undefined when its callers cannot all be known. */
function climbFrom(
  start: Piece,
  { pairing, preUsers, postUsers }: Known,
): { readonly carried: readonly Piece[]; readonly callers: readonly Piece[] } | undefined {
  const carried = new Set<Piece>();
  const callers = new Set<Piece>();
  const open = [start];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    if (carried.has(piece)) continue;
    const original = pairing.pre(piece);
    const known = [original === undefined ? undefined : preUsers.get(original), postUsers.get(piece)];
    if (piece.symbol?.bind !== STB.LOCAL || known.some((users) => users !== undefined && !users.onlyCalled)) {
      return undefined;
    }
    carried.add(piece);
    for (const caller of postUsers.get(piece)?.callers ?? []) {
      const before = pairing.pre(caller);
      // A new function is carried anyway.
      if (before === undefined) continue;
      if (isStartOrEndCode(caller)) return undefined;
      if (hasFtraceSite(before)) callers.add(caller);
      else open.push(caller);
    }
  }
  return { carried: [...carried], callers: [...callers] };
}

/** The users of every function of an object; an export is none. */
export function usersOf(object: Dissection): Map<Piece, Users> {
  const users = new Map<Piece, { callers: Set<Piece>; onlyCalled: boolean }>();
  for (const user of [...object.pieces, ...object.literals]) {
    if (exportedName(user) !== undefined) continue;
    const owner = wholeOf(object, user);
    for (const { target, branch } of user.references) {
      if (target.kind !== 'piece' || target.piece.kind !== 'function') continue;
      const callee = wholeOf(object, target.piece);
      if (callee === owner) continue;
      const entry = users.get(callee) ?? { callers: new Set<Piece>(), onlyCalled: true };
      users.set(callee, entry);
      if (branch && owner.kind === 'function') entry.callers.add(owner);
      else entry.onlyCalled = false;
    }
  }
  return users;
}

/** The function that a cold part belongs to, else the piece itself. */
export function wholeOf(object: Dissection, piece: Piece): Piece {
  const parent = piece.kind === 'function' ? coldParent(piece.name) : undefined;
  if (parent === undefined) return piece;
  return object.named.get(parent)?.find(({ kind }) => kind === 'function') ?? piece;
}

/** The change of a function that does nothing but to call the new copy of another one. */
export function callerChange(post: Dissection, pre: Piece, caller: Piece, callee: string): FunctionChange {
  const postCold = post.pieces.find(
    (piece) => piece.kind === 'function' && coldParent(piece.name) === caller.name,
  );
  const at =
    caller.references.find(({ target }) => target.kind === 'piece' && target.piece.name === callee)?.at ?? 0;
  const difference = {
    preOffset: at,
    postOffset: at,
    pre: `a call of ${callee}`,
    post: 'a call of its new copy',
  };
  return { name: pre.name, pre, post: caller, postCold, difference };
}
