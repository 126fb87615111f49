// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfObject } from '@uptide/elf';
import type { ExportedSymbol } from '@uptide/kernel';
import { readMarks } from '../../src/author/marks.ts';
import { compareObjects } from '../../src/compare/compare.ts';
import { type Cut, cutUnits } from '../../src/cut/cut.ts';
import type { KernelSymbols } from '../../src/cut/kernel-symbols.ts';
import type { CutUnit } from '../../src/cut/unit.ts';
import { dissect } from '../../src/dissect/dissect.ts';
import type { Piece } from '../../src/dissect/piece.ts';
import { matchUnit, type UnitMatch } from '../../src/match/match.ts';
import type { Shipped } from '../../src/match/shipped.ts';
import { shippedModule } from '../../src/match/shipped-module.ts';

/** Shipped code out of an object: what a linker would have made of it, at made-up addresses. */
export function shippedFrom(object: ElfObject, name = 'vmlinux'): Shipped {
  return shippedModule(name, object);
}

/** Matches an object with shipped code. */
export function matched(object: ElfObject, shipped: Shipped): UnitMatch {
  return matchUnit(dissect(object), shipped);
}

/** The only function of a name. */
export function functionOf(match: UnitMatch, name: string): Piece {
  const found = [...match.functions.keys()].filter((piece) => piece.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} functions ${name}`);
  return only;
}

/** A unit before and after a patch, with what was shipped of its object. */
export interface UnitOf {
  readonly pre: ElfObject;
  readonly post: ElfObject;
  readonly shipped: Shipped;
  readonly source?: string;
}

/** Compares and matches a unit. */
export function unitOf({ pre, post, shipped, source = 'a.c' }: UnitOf): CutUnit {
  const comparison = compareObjects(pre, post);
  return {
    source,
    object: shipped.object,
    comparison,
    match: matchUnit(comparison.pre, shipped),
    marks: readMarks(comparison.post),
  };
}

/** The symbols of a kernel: exports by name with their object, and the shipped code of objects. */
export function kernelOf(
  shipped: readonly Shipped[],
  exports: Readonly<Record<string, string>> = {},
): KernelSymbols {
  return {
    exports: new Map(Object.entries(exports).map(([name, object]) => [name, exportOf(name, object)])),
    shipped: new Map(shipped.map((code) => [code.object, code])),
  };
}

export function exportOf(name: string, object: string, namespace = ''): ExportedSymbol {
  return { name, crc: 0x1234, object, gplOnly: true, namespace };
}

/** Cuts units whose kernel exports the given names. */
export function cutOf(units: readonly CutUnit[], exports: Readonly<Record<string, string>> = {}): Cut {
  return cutUnits(
    units,
    kernelOf(
      units.map(({ match }) => match.shipped),
      exports,
    ),
  );
}
