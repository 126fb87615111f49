// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking the changed functions out.
 *
 * From every unit come the replaced and new functions, the entries of the special tables that speak of
 * them, and the data that only they have. Every reference of what is carried gets a destination: inside
 * the module, an import from vmlinux, or a symbol of the running kernel that klp writes in when the object
 * that has it is there.
 *
 * Example. The patched `foo` of module `sctp` calls `kfree` (exported by vmlinux: an import), the static
 * `helper` of its own file (`.klp.sym.sctp.helper,2`: the second of two, as the match proved), and holds
 * the address of the string "%s" (carried). Its entry in __jump_table names a key inside `sctp`: refused,
 * because the kernel reads that address when our module is loaded, and klp may write it only later.
 *
 * What cannot be resolved is a finding; all of them are collected.
 */
import type { Finding } from '@uptide/base';
import { R_X86_64, relocationName } from '@uptide/elf';
import type { AuthorState, CallbackKind } from '../author/marks.ts';
import { isStartOrEndCode } from '../compare/judge-functions.ts';
import type { Piece, Reference, TableEntry } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { carriedOf, carryUnit } from './carry.ts';
import { type CutDefault, cutDefaults, refuseChangedKey, statesOfDefaults } from './defaults.ts';
import type { Destination, LiveSymbol } from './destination.ts';
import { type KernelSymbols, liveSymbolAt } from './kernel-symbols.ts';
import { resolve } from './resolve.ts';
import { judgeEntry } from './table-rules.ts';
import type { CutUnit } from './unit.ts';

/** The relocations that the module loader writes (__apply_relocate_add, arch/x86/kernel/module.c). */
const LOADED: ReadonlySet<number> = new Set([
  R_X86_64[64],
  R_X86_64[32],
  R_X86_64['32S'],
  R_X86_64.PC32,
  R_X86_64.PLT32,
  R_X86_64.PC64,
]);

/** A field of the module and where it leads. */
export interface CutReference {
  readonly reference: Reference;
  readonly destination: Destination;
}

/** A table entry that goes along. */
export interface CutEntry {
  readonly entry: TableEntry;
  readonly references: readonly CutReference[];
}

/** A piece that the module carries. */
export interface CutPiece {
  readonly piece: Piece;
  /** The klp object on whose behalf it is carried: its klp relocations are written when that is loaded. */
  readonly object: string;
  readonly references: readonly CutReference[];
  readonly entries: readonly CutEntry[];
}

/** A function that klp is told to replace. */
export interface PatchedFunction {
  readonly original: LiveSymbol;
  readonly replacement: Piece;
}

/** A function that klp calls when an object is patched or unpatched. */
export interface CutCallback {
  readonly object: string;
  readonly kind: CallbackKind;
  readonly piece: Piece;
}

/** Everything that the module is made of, but for the frame that makes it a module. */
export interface Cut {
  readonly pieces: readonly CutPiece[];
  readonly functions: readonly PatchedFunction[];
  readonly callbacks: readonly CutCallback[];
  readonly states: readonly AuthorState[];
  readonly defaults: readonly CutDefault[];
  readonly findings: readonly Finding[];
}

/** Cuts the changes of all units out of their objects. */
export function cutUnits(units: readonly CutUnit[], kernel: KernelSymbols): Cut {
  const taken = units.map((unit) => ({ unit, carried: carryUnit(unit) }));
  // From here on nothing more is carried.
  const carried = carriedOf(taken);
  const findings: Finding[] = taken.flatMap((each) => each.carried.findings);
  const pieces: CutPiece[] = [];
  const settle = (
    reference: Reference,
    user: Piece,
    holder: 'code' | 'table',
    unit: CutUnit,
  ): CutReference | undefined => {
    if (!LOADED.has(reference.type)) {
      const place = { object: unit.object, file: unit.source, symbol: user.name, offset: reference.at };
      findings.push(
        reference.width === 1 && reference.branch
          ? finding('CUT_SHORT_BRANCH', 'refuse', place, `${user.name} leaves by a short jump`)
          : finding('OBJECT_RELOCATION_UNKNOWN', 'refuse', place, `it is ${relocationName(reference.type)}`),
      );
      return undefined;
    }
    const resolution = resolve(reference, user, holder, unit, carried, kernel);
    if (resolution.ok) return { reference, destination: resolution.destination };
    findings.push(resolution.finding);
    return undefined;
  };
  const valued = units.map((unit) => ({ unit, defaults: cutDefaults(unit, findings) }));
  const defaults = valued.flatMap((each) => each.defaults);
  const settledPieces = new Map<Piece, CutReference[]>();
  for (const { unit, carried: own } of taken) {
    for (const piece of own.pieces) {
      settledPieces.set(
        piece,
        settled(piece.references, (reference) => settle(reference, piece, 'code', unit)),
      );
    }
  }
  // From here on it is known where all code refers to.
  for (const { unit, carried: own } of taken) {
    for (const piece of own.pieces) {
      const entries = piece.entries.flatMap((entry): CutEntry[] => {
        const resolved = settled(entry.references, (reference) => settle(reference, piece, 'table', unit));
        const verdict = judgeEntry({ entry, references: resolved }, piece, unit, settledPieces);
        if (verdict.finding !== undefined) findings.push(verdict.finding);
        findings.push(...refuseChangedKey({ entry, references: resolved }, piece, unit, defaults));
        return verdict.keep ? [{ entry, references: resolved }] : [];
      });
      pieces.push({ piece, object: unit.object, references: settledPieces.get(piece) ?? [], entries });
    }
  }
  // Values of variables go along as copies; code refers to the variables themselves, where they are.
  for (const { unit, defaults: own } of valued) {
    for (const piece of own.flatMap(({ before, after }) => [before, after])) {
      const references = settled(piece.references, (reference) => settle(reference, piece, 'code', unit));
      pieces.push({ piece, object: unit.object, references, entries: [] });
    }
  }
  const functions = units.flatMap((unit) => patchedFunctions(unit, findings));
  const callbacks = callbacksOf(units, carried.pieces, findings);
  const states = statesOf([...units.flatMap(({ marks }) => marks.states), ...statesOfDefaults(defaults)]);
  return { pieces, functions, callbacks, states, defaults, findings };
}

function callbacksOf(
  units: readonly CutUnit[],
  carried: ReadonlySet<Piece>,
  findings: Finding[],
): CutCallback[] {
  const callbacks: CutCallback[] = [];
  for (const { object, source, marks } of units) {
    for (const { kind, piece } of marks.callbacks) {
      if (!carried.has(piece)) {
        const place = { object, file: source, symbol: piece.name };
        const reason = `the ${kind} callback ${piece.name} is not a new function of the patch`;
        findings.push(finding('AUTHOR_MARK_UNKNOWN', 'refuse', place, reason));
      } else if (callbacks.some((known) => known.object === object && known.kind === kind)) {
        const place = { object, file: source, symbol: piece.name };
        findings.push(
          finding('AUTHOR_CALLBACK_TWICE', 'refuse', place, `${object} has a ${kind} callback already`),
        );
      } else callbacks.push({ object, kind, piece });
    }
  }
  return callbacks;
}

/** States by rising id, each in the newest version that is said. */
function statesOf(all: readonly AuthorState[]): AuthorState[] {
  const states = new Map<bigint, AuthorState>();
  for (const state of all) {
    if (state.version >= (states.get(state.id)?.version ?? 0)) states.set(state.id, state);
  }
  return [...states.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function settled(
  references: readonly Reference[],
  settle: (reference: Reference) => CutReference | undefined,
): CutReference[] {
  return references.map(settle).filter((settledReference) => settledReference !== undefined);
}

function patchedFunctions(unit: CutUnit, findings: Finding[]): PatchedFunction[] {
  return unit.comparison.changed.flatMap(({ pre, post, name }): PatchedFunction[] => {
    const match = unit.match.functions.get(pre);
    // Code that did not match, or that runs once, has its finding already.
    if (match?.state !== 'matched' || isStartOrEndCode(pre)) return [];
    const original = liveSymbolAt(unit.match.shipped, name, match.address);
    if (original !== undefined) return [{ original, replacement: post }];
    const place = { object: unit.object, file: unit.source, symbol: name };
    const count = unit.match.shipped.named(name).length;
    findings.push(
      count > 1
        ? finding('MATCH_AMBIGUOUS', 'refuse', place, `${name} of ${unit.object} is counted in two ways`)
        : finding('MATCH_NOT_SHIPPED', 'refuse', place, `${unit.object} lists no symbol ${name} that stays`),
    );
    return [];
  });
}
