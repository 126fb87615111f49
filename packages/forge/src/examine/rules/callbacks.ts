// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { coldParent, stableName } from '../../compare/names.ts';
import type { Dissection, Piece } from '../../dissect/piece.ts';
import { finding } from '../../error.ts';
import { calledNames } from '../calls.ts';
import type { ExamineContext, ExamineRule } from '../model.ts';

/**
 * An address that is given away is called later, by code that nobody asks: a timer, a work item, a table of
 * operations in an object that lives on. When it is the address of a function that only the update has, it must be
 * forgotten before the update goes.
 */
export const CALLBACKS: ExamineRule = {
  code: 'EXAMINE_CALLBACKS_CHANGED',
  looksFor:
    'Functions of the unit whose address is given away by its code only before or only after the patch: timers, work, `call_rcu`, interrupt handlers, tables of operations that are filled at run time. Tables of functions that are new. Whether the function is one that only the update has, so that its address must be forgotten before the update is unloaded or replaced.',
  cannotSee:
    'Addresses of functions that other units define. Whether the address is kept after the function returns, and by whom. A callback that stays and is called at other times, or with other arguments. Tables that are there already and change: those are refused, or replaced with all their users (`COMPARE_DATA_CHANGED`, `COMPARE_TABLE_REPLACED`).',
  examine: (context) => [...givenAway(context), ...newTables(context)],
};

function givenAway({ source, comparison }: ExamineContext): Finding[] {
  const { pre, post, changed } = comparison;
  const [before, after] = [addresses(pre), addresses(post)];
  const added = new Set(comparison.added.map(({ name }) => stableName(name)));
  const said = (name: string, user: Piece, words: string): Finding[] => {
    const reason = `${words}; ${user.name === name ? 'it gives itself away' : `in ${user.name}`}`;
    return [finding('EXAMINE_CALLBACKS_CHANGED', 'review', { file: source, symbol: name }, reason)];
  };
  const live = new Set([...changed.flatMap((change) => [change.pre, change.post]), ...comparison.added]);
  const come = [...after].flatMap(([name, user]) => {
    if (before.has(name) || !live.has(wholeOf(user, post)) || isForShadow(name, user)) return [];
    const whose = added.has(name)
      ? 'only the update has this function, and its address is given away'
      : 'its address is given away, and was not before';
    return said(name, user, whose);
  });
  const go = [...before].flatMap(([name, user]) => {
    if (after.has(name) || !live.has(wholeOf(user, pre))) return [];
    return said(
      name,
      user,
      'its address is no longer given away; what was given away before still leads to it',
    );
  });
  return [...come, ...go];
}

/** The livepatch core calls these before it returns, and keeps none of them (kernel/livepatch/shadow.c). */
function isForShadow(name: string, user: Piece): boolean {
  return (
    /_(?:ctor|dtor)$/.test(name) && [...calledNames(user)].some((called) => called.startsWith('klp_shadow_'))
  );
}

/** New data that holds addresses of functions. */
function newTables({ source, comparison }: ExamineContext): Finding[] {
  return comparison.addedData.flatMap((piece) => {
    const names = piece.references.flatMap(({ target }) =>
      target.kind === 'piece' && target.piece.kind === 'function' && target.offset === 0
        ? [target.piece.name]
        : [],
    );
    if (names.length === 0 || piece.section.name.startsWith('.uptide') || isTable(piece)) return [];
    const reason = `this table is new and holds ${[...new Set(names)].sort().join(', ')}; it goes with the update`;
    return [
      finding(
        'EXAMINE_CALLBACKS_CHANGED',
        'review',
        { file: source, symbol: stableName(piece.name) },
        reason,
      ),
    ];
  });
}

/** Whether it is one of the kernel's own tables (exports, initcalls), of which other findings speak. */
function isTable({ section }: Piece): boolean {
  return /^(?:___ksymtab|\.export_symbol|\.initcall|\.discard|__bug_table|__jump_table|__mcount_loc)/.test(
    section.name,
  );
}

/** The functions of the unit whose address its code gives away, each with a function that does. */
function addresses({ pieces }: Dissection): ReadonlyMap<string, Piece> {
  const found = new Map<string, Piece>();
  for (const user of pieces) {
    if (user.kind !== 'function') continue;
    for (const { branch, target } of user.references) {
      if (branch || target.kind !== 'piece' || target.piece.kind !== 'function' || target.offset !== 0)
        continue;
      if (coldParent(target.piece.name) !== undefined) continue;
      const name = stableName(target.piece.name);
      if (!found.has(name)) found.set(name, user);
    }
  }
  return found;
}

/** The function that a cold part belongs to, else the piece itself. */
function wholeOf(piece: Piece, { named }: Dissection): Piece {
  const parent = coldParent(piece.name);
  return (
    (parent === undefined ? undefined : named.get(parent)?.find(({ kind }) => kind === 'function')) ?? piece
  );
}
