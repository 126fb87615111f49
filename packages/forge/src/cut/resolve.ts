// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { STB } from '@uptide/elf';
import { nameOf } from '../compare/difference.ts';
import type { Piece, Reference, Target } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { Destination, LiveSymbol } from './destination.ts';
import { refuseUncallable } from './indirect-calls.ts';
import { globalLiveSymbol, isFreed, type KernelSymbols, liveSymbolAt } from './kernel-symbols.ts';
import type { CutUnit } from './unit.ts';

/** A destination, or what stands in the way. */
export type Resolution =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly finding: Finding };

/** What the cut has decided to carry along, by unit. */
export interface Carried {
  /** Replaced and new functions and the data that goes with them. */
  readonly pieces: ReadonlySet<Piece>;
  /** What the patch adds under a global name, by object and name: other units of the object may refer to it. */
  readonly newGlobals: ReadonlyMap<string, ReadonlyMap<string, Piece>>;
}

/**
 * Finds where a reference of carried code, or of a table entry that speaks of it, leads.
 *
 * - Direct calls between replaced functions of one unit stay inside the module.
 * - The address of a replaced function, taken for anything but a call, stays that of the original: pointers
 *   compare equal with those that the kernel holds, and none is left dangling when the update is unloaded.
 *   A place inside a replaced function, such as a label in a table, is that of the replacement.
 * - What stays in the kernel is named by object, name and position, proven by the match.
 * - The address of a function that stays must be one that may be called; see indirect-calls.ts.
 */
export function resolve(
  reference: Reference,
  user: Piece,
  holder: 'code' | 'table',
  unit: CutUnit,
  carried: Carried,
  kernel: KernelSymbols,
): Resolution {
  const resolution = resolveTarget(reference, user, holder, unit, carried, kernel);
  if (!resolution.ok || reference.branch || holder === 'table') return resolution;
  const refusal = refuseUncallable(reference, resolution.destination, user, unit);
  return refusal === undefined ? resolution : no(refusal);
}

function resolveTarget(
  reference: Reference,
  user: Piece,
  holder: 'code' | 'table',
  unit: CutUnit,
  carried: Carried,
  kernel: KernelSymbols,
): Resolution {
  const { target } = reference;
  const place: Place = { object: unit.object, file: unit.source, symbol: user.name, offset: reference.at };
  if (target.kind === 'external')
    return resolveName(target.symbol.name, target.offset, place, unit, carried, kernel);
  const replaced = unit.comparison.changed.find(({ post }) => post === target.piece);
  const pointer = replaced !== undefined && !reference.branch && holder === 'code' && target.offset === 0;
  if (carried.pieces.has(target.piece) && !pointer) {
    return { ok: true, destination: { kind: 'carried', piece: target.piece, offset: target.offset } };
  }
  if (target.piece.kind === 'function' && target.offset !== 0) {
    return no(finding('CUT_REFERENCE_INSIDE', 'refuse', place, `${user.name} refers to ${nameOf(target)}`));
  }
  return resolveStaying(target, place, unit, kernel);
}

/** A named piece of the same unit that the running kernel keeps. */
function resolveStaying(
  target: Extract<Target, { kind: 'piece' }>,
  place: Place,
  unit: CutUnit,
  kernel: KernelSymbols,
): Resolution {
  const { comparison, match } = unit;
  const original = comparison.pairing.pre(target.piece);
  if (original === undefined) {
    const reason = `${nameOf(target)} is new and is not carried along`;
    return no(finding('MATCH_SYMBOL_UNKNOWN', 'refuse', place, reason));
  }
  if (/^\.(init|exit)\./.test(original.section.name)) {
    const reason = `${original.name} is in ${original.section.name}, which is freed after the start`;
    return no(finding('CUT_INIT_REFERENCE', 'refuse', place, reason));
  }
  const { shipped } = match;
  // A clone takes its arguments as the compiler chose; another compilation may have chosen otherwise.
  const verdict = match.functions.get(original);
  if (original.symbol?.bind === STB.LOCAL && verdict?.state === 'differs') {
    const reason = `${original.name} is not the function that was shipped: ${verdict.mismatch.reason}`;
    return no(finding('MATCH_DIFFERS', 'refuse', place, reason));
  }
  const proven = match.pieces.get(original);
  const named = shipped.named(original.name);
  const address = proven ?? (named.length === 1 ? named[0]?.address : undefined);
  const live = address === undefined ? undefined : liveSymbolAt(shipped, original.name, address);
  if (live !== undefined) return yes({ kind: 'live', symbol: live, offset: target.offset });
  // A symbol of the unit that the linker left out of the object's own table, but that is exported.
  if (original.symbol?.bind !== STB.LOCAL && kernel.exports.get(original.name)?.object === 'vmlinux') {
    return yes({ kind: 'import', name: original.name, offset: target.offset });
  }
  const code = named.length > 1 ? 'MATCH_AMBIGUOUS' : 'MATCH_SYMBOL_UNKNOWN';
  const reason = `${unit.object} has ${named.length} symbols ${original.name}, and nothing tells which one is meant`;
  return no(finding(code, 'refuse', place, reason));
}

/** A symbol of another unit. */
function resolveName(
  name: string,
  offset: number,
  place: Place,
  unit: CutUnit,
  carried: Carried,
  kernel: KernelSymbols,
): Resolution {
  const added = carried.newGlobals.get(unit.object)?.get(name);
  if (added !== undefined) return yes({ kind: 'carried', piece: added, offset });
  const { match } = unit;
  const exported = kernel.exports.get(name);
  const learned = match.externals.get(name);
  const own: LiveSymbol | undefined =
    (learned === undefined ? undefined : liveSymbolAt(match.shipped, name, learned)) ??
    globalLiveSymbol(match.shipped, name);
  if (own !== undefined && isFreed(match.shipped, own)) {
    return no(finding('CUT_INIT_REFERENCE', 'refuse', place, `${name} is freed after the start`));
  }
  if (unit.object === 'vmlinux') {
    if (exported?.object === 'vmlinux') return yes({ kind: 'import', name, offset });
    if (own !== undefined) return yes({ kind: 'live', symbol: own, offset });
  } else {
    if (own !== undefined) return yes({ kind: 'live', symbol: own, offset });
    // What the patch adds to vmlinux is carried on its behalf, and vmlinux is always there.
    const beside = carried.newGlobals.get('vmlinux')?.get(name);
    if (beside !== undefined) return yes({ kind: 'carried', piece: beside, offset });
    if (exported?.object === 'vmlinux') return yes({ kind: 'import', name, offset });
    // klp writes this when the patched module is loaded, and that module needs the exporting one.
    if (exported !== undefined) {
      const exporter = kernel.shipped.get(exported.object);
      const symbol =
        exporter === undefined
          ? { object: exported.object, name, position: 0 }
          : globalLiveSymbol(exporter, name);
      if (symbol !== undefined) return yes({ kind: 'live', symbol, offset });
    }
    // A global of vmlinux that the patch exports: klp finds what is not exported, too.
    const image = exported === undefined ? kernel.shipped.get('vmlinux') : undefined;
    const exposed = image === undefined ? undefined : globalLiveSymbol(image, name);
    if (image !== undefined && exposed !== undefined && !isFreed(image, exposed)) {
      return yes({ kind: 'live', symbol: exposed, offset });
    }
  }
  const count = match.shipped.named(name).length;
  const code = count > 1 ? 'MATCH_AMBIGUOUS' : 'MATCH_SYMBOL_UNKNOWN';
  const reason = `${unit.object} needs ${name}, which is not exported and of which it has ${count}`;
  return no(finding(code, 'refuse', place, reason));
}

const yes = (destination: Destination): Resolution => ({ ok: true, destination });
const no = (refusal: Finding): Resolution => ({ ok: false, finding: refusal });
