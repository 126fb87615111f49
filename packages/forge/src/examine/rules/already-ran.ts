// SPDX-License-Identifier: GPL-2.0-or-later
import { STB } from '@uptide/elf';
import type { FunctionChange } from '../../compare/comparison.ts';
import { isInitCode } from '../../compare/judge-functions.ts';
import { coldParent } from '../../compare/names.ts';
import type { Dissection, Piece } from '../../dissect/piece.ts';
import { finding } from '../../error.ts';
import { compareCalls, differingCalls } from '../calls.ts';
import type { ExamineContext, ExamineRule } from '../model.ts';
import { type Slot, sourceNameOf } from '../source.ts';

/** The link script discards these; what stands there keeps a function from being thrown away. */
const DISCARDED = '.discard';
/** Slots that are called for every device that is there when the driver comes. */
const PROBE = /(?:^|_)probe(?:_|$)/;
/** The same, where the struct is of a driver; elsewhere these names mean other things. */
const DRIVER_PROBE = /(?:^|_)attach$|^(?:bind|connect|add|add_dev|add_one)$/;
const DRIVER = /_(?:driver|handler|interface|component_ops|client|bus_ops)$/;
/** What the compiler puts in place of a return or an indirect call, and ftrace at the entry. */
const NO_CALL = /^__x86_(?:return|indirect)_thunk|^__fentry__$/;
/** Helpers of helpers that are followed upward: setting up a device is not deeper. */
const MAX_DEPTH = 8;
/** Calls that are listed; who needs more reads the patch. */
const MAX_LISTED = 8;

/** A fix in code that has run is a fix for the next time only. */
export const ALREADY_RAN: ExamineRule = {
  code: 'EXAMINE_ALREADY_RAN',
  looksFor:
    'Changed functions that have done their work before the update is loaded: those that stand in a `probe` slot (or in `attach`, `bind`, `connect` or `add` of a struct that is a driver), global ones that probe by their name, those that only the code of the start calls, and static helpers that only such functions call. It says which calls come or go, else where the code first differs.',
  cannotSee:
    'Slots of static functions that are filled by a macro, and probing that is registered by a call under another name. Functions of other units that only such code calls. Whether devices come and go on the machine, so that the new code does run.',
  examine: (context) =>
    context.comparison.changed.flatMap((change) => {
      const why = whyRan(change.pre, context, MAX_DEPTH);
      if (why === undefined) return [];
      const place = { file: context.source, symbol: change.name };
      return [finding('EXAMINE_ALREADY_RAN', 'review', place, `${why}; ${whatChanged(change)}`)];
    }),
};

/** Why a function has done its work, in words; undefined when it has not, as far as is seen. */
function whyRan(
  piece: Piece,
  { text, comparison }: Pick<ExamineContext, 'text' | 'comparison'>,
  depth: number,
): string | undefined {
  const slot = text.slots.get(sourceNameOf(piece.name))?.find(isProbe);
  if (slot !== undefined) {
    return `it is .${slot.field} of ${slot.variable}: devices that are there keep what the old code set up`;
  }
  if (depth === 0 || isInitCode(piece)) return undefined;
  if (piece.symbol?.bind !== STB.LOCAL) {
    return PROBE.test(sourceNameOf(piece.name))
      ? 'by its name it probes, for drivers in other files: devices that are there keep what the old code set up'
      : undefined;
  }
  const callers = onlyCallers(piece, comparison.pre);
  if (callers === undefined || callers.length === 0) return undefined;
  const ran = callers.every(
    (caller) => isInitCode(caller) || whyRan(caller, { text, comparison }, depth - 1) !== undefined,
  );
  if (!ran) return undefined;
  const names = callers.map(({ name }) => name).sort();
  return callers.every(isInitCode)
    ? 'only code that runs at the start calls it'
    : `only ${names.join(', ')}, which set devices up, ${names.length === 1 ? 'calls' : 'call'} it`;
}

function isProbe({ field, struct }: Slot): boolean {
  return PROBE.test(field) || (DRIVER_PROBE.test(field) && DRIVER.test(struct));
}

/** Who calls a static function; undefined when its address is kept somewhere: then it may be called at any time. */
function onlyCallers(piece: Piece, { pieces, named }: Dissection): readonly Piece[] | undefined {
  const callers = new Set<Piece>();
  for (const part of pieces) {
    if (part.section.name.startsWith(DISCARDED)) continue;
    const user = wholeOf(part, named);
    if (user === piece) continue;
    const uses = part.references.filter(({ target }) => target.kind === 'piece' && target.piece === piece);
    if (uses.length === 0) continue;
    if (uses.some(({ branch }) => !branch)) return undefined;
    callers.add(user);
  }
  return [...callers];
}

/** The function that a cold part belongs to; every other piece is whole. */
function wholeOf(piece: Piece, named: Dissection['named']): Piece {
  const parent = coldParent(piece.name);
  const found = parent === undefined ? undefined : named.get(parent)?.find(({ kind }) => kind === 'function');
  return found ?? piece;
}

/** Which part changed: the calls that come and go, else the first instruction. */
function whatChanged(change: FunctionChange): string {
  const differing = differingCalls(compareCalls(change), (name) => !NO_CALL.test(name));
  if (differing.length === 0) {
    return `its calls stay, and ${change.difference.pre} became ${change.difference.post}`;
  }
  const more = differing.length - MAX_LISTED;
  const listed = differing.slice(0, MAX_LISTED).join(', ');
  return `its calls differ: ${listed}${more > 0 ? ` and ${more} more` : ''}`;
}
