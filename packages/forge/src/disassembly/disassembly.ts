// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What of the code of each replaced function changes, as a text for people. It is made with the update and carried in
 * it, so that whoever reads the update needs neither kernel nor compiler; `verify --rebuild` makes it again.
 *
 * The form is that of a unified diff, an instruction a line:
 *
 *     --- vmlinux keyctl_session_to_parent        what was shipped
 *     +++ vmlinux keyctl_session_to_parent        what becomes live
 *     @@ +0x1c +0x1c @@                           offsets in both of the first instruction that follows
 *      mov 8(%rdi),%rbx
 *     -call kfree
 *     +call kfree_sensitive
 *
 * Behind a function comes its cold part, with a line of its name. Jumps within a function are the same wherever they
 * lead: code that is added moves most of them. Alternatives, static keys and static calls are shown as they are
 * compiled, before the kernel rewrites them.
 *
 * Limits: of a function that changes more than people read the first lines are there, and of an update of hundreds of
 * functions the first ones; a line that begins with a backslash says how much is left out.
 */
import type { FunctionChange } from '../compare/comparison.ts';
import { coldParent } from '../compare/names.ts';
import type { Piece } from '../dissect/piece.ts';
import { pairLines } from '../source/line-diff.ts';
import { type Line, listingOf } from './listing.ts';

/** Instructions around a change. */
const CONTEXT = 3;
/** Instructions that come and go, up to which the shortest way is looked for; it takes a twentieth of a second. */
const MAX_CHANGES = 600;
/** Lines of one function. */
export const MAX_FUNCTION_LINES = 2000;
/** Of a whole update: some hundred functions that change from end to end. */
export const MAX_DISASSEMBLY_BYTES = 2 * 1024 * 1024;

/** A unit of which functions are replaced, in one klp object. */
interface LiveUnit {
  readonly object: string;
  readonly comparison: {
    readonly changed: readonly FunctionChange[];
    readonly pre: { readonly pieces: readonly Piece[] };
  };
}

/** The changes of all functions, by object and name, vmlinux first. */
export function disassemblyOf(units: readonly LiveUnit[]): string {
  const all = units
    .flatMap(({ object, comparison }) =>
      comparison.changed.map((change) => ({
        object,
        change,
        cold: coldOf(change.pre, comparison.pre.pieces),
      })),
    )
    .sort(
      (a, b) =>
        Number(a.object !== 'vmlinux') - Number(b.object !== 'vmlinux') ||
        compareText(a.object, b.object) ||
        compareText(a.change.name, b.change.name),
    );
  const parts: string[] = [];
  let bytes = 0;
  for (const [index, { object, change, cold }] of all.entries()) {
    const part = describe(object, change, cold);
    bytes += part.length;
    if (bytes > MAX_DISASSEMBLY_BYTES) {
      parts.push(`\\ ${all.length - index} more functions\n`);
      break;
    }
    parts.push(part);
  }
  return parts.join('');
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function coldOf(piece: Piece, pieces: readonly Piece[]): Piece | undefined {
  return pieces.find(({ kind, name }) => kind === 'function' && coldParent(name) === piece.name);
}

function describe(object: string, change: FunctionChange, preCold: Piece | undefined): string {
  const before = linesOf(change.pre, preCold);
  const after = linesOf(change.post, change.postCold);
  const lines = hunks(before, after);
  const shown = lines.slice(0, MAX_FUNCTION_LINES);
  const more = lines.length - shown.length;
  const head = [`--- ${object} ${change.name}`, `+++ ${object} ${change.post.name}`];
  return `${[...head, ...shown, ...(more === 0 ? [] : [`\\ ${more} more lines`])].join('\n')}\n`;
}

function linesOf(piece: Piece, cold: Piece | undefined): Line[] {
  if (cold === undefined) return listingOf(piece);
  const label = '(cold part)';
  return [...listingOf(piece), { text: label, key: label, offset: 0 }, ...listingOf(cold)];
}

/** An edit: an instruction that stays, goes or comes. */
interface Edit {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
  readonly before: number;
  readonly after: number;
}

function hunks(before: readonly Line[], after: readonly Line[]): string[] {
  const edits = editsOf(before, after);
  const near = new Set<number>();
  for (const [at, { mark }] of edits.entries()) {
    if (mark === ' ') continue;
    for (let around = at - CONTEXT; around <= at + CONTEXT; around += 1) near.add(around);
  }
  const lines: string[] = [];
  let last = -1;
  for (const [at, edit] of edits.entries()) {
    if (!near.has(at)) continue;
    if (lines.length === 0 || at !== last + 1) {
      lines.push(`@@ +0x${edit.before.toString(16)} +0x${edit.after.toString(16)} @@`);
    }
    lines.push(`${edit.mark}${oneLine(edit.text)}`);
    last = at;
  }
  return lines;
}

function editsOf(before: readonly Line[], after: readonly Line[]): Edit[] {
  const pairs = pairsOf(
    before.map(({ key }) => key),
    after.map(({ key }) => key),
  );
  const edits: Edit[] = [];
  let [old, made] = [0, 0];
  let [beforeAt, afterAt] = [0, 0];
  // What goes stands before what comes in its place.
  const changeUpTo = (oldEnd: number, madeEnd: number): void => {
    for (; old < oldEnd; old += 1) {
      beforeAt = before[old]?.offset ?? beforeAt;
      edits.push({ mark: '-', text: before[old]?.text ?? '', before: beforeAt, after: afterAt });
    }
    for (; made < madeEnd; made += 1) {
      afterAt = after[made]?.offset ?? afterAt;
      edits.push({ mark: '+', text: after[made]?.text ?? '', before: beforeAt, after: afterAt });
    }
  };
  for (const [at, line] of after.entries()) {
    const pair = pairs?.[at];
    if (pair === undefined) continue;
    changeUpTo(pair, at);
    [beforeAt, afterAt] = [before[pair]?.offset ?? beforeAt, line.offset];
    edits.push({ mark: ' ', text: line.text, before: beforeAt, after: afterAt });
    [old, made] = [pair + 1, at + 1];
  }
  changeUpTo(before.length, after.length);
  return edits;
}

/** As `pairLines`; what cannot pair is not tried, since trying takes its longest then. */
function pairsOf(before: readonly string[], after: readonly string[]): ReturnType<typeof pairLines> {
  const left = new Map<string, number>();
  for (const key of before) left.set(key, (left.get(key) ?? 0) + 1);
  let common = 0;
  for (const key of after) {
    const count = left.get(key) ?? 0;
    if (count > 0) common += 1;
    left.set(key, count - 1);
  }
  const least = before.length + after.length - 2 * common;
  return least > MAX_CHANGES ? undefined : pairLines(before, after, MAX_CHANGES);
}

/** Names come from object files: what could begin a line of its own does not. */
function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
