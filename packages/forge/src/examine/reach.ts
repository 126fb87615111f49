// SPDX-License-Identifier: GPL-2.0-or-later
import { STB } from '@uptide/elf';
import type { Comparison } from '../compare/comparison.ts';
import { coldParent, stableName } from '../compare/names.ts';
import type { Dissection, Piece } from '../dissect/piece.ts';

/** Sections that the link script discards; what stands there keeps a function from being thrown away. */
const DISCARDED = '.discard';
/** Where EXPORT_SYMBOL puts its entries (include/linux/export-internal.h, asm-generic/export.h). */
const EXPORT = /^(___ksymtab|\.export_symbol)/;

/** How code that is not compiled with a function comes to call it, in words; undefined when none can. */
export function reachedFromElsewhere(piece: Piece, { pieces }: Dissection): string | undefined {
  const keepers = pieces.filter(
    ({ section, references }) =>
      !section.name.startsWith(DISCARDED) &&
      references.some(
        ({ branch, target }) =>
          !branch && target.kind === 'piece' && target.piece === piece && target.offset === 0,
      ),
  );
  if (keepers.some(({ section }) => EXPORT.test(section.name))) return 'it is exported';
  const keeper = keepers.find(({ name }) => name !== piece.name);
  if (keeper !== undefined) return `its address stands in ${stableName(keeper.name) || keeper.section.name}`;
  return piece.symbol !== undefined && piece.symbol.bind !== STB.LOCAL ? 'it is global' : undefined;
}

/** The functions of the unit that call a function and are not replaced with it, by name. */
export function unchangedCallers(piece: Piece, { pre, changed }: Comparison): readonly string[] {
  const replaced = new Set(changed.map((change) => change.pre));
  const names = pre.pieces.flatMap((caller) => {
    const calls = caller.references.some(
      ({ branch, target }) => branch && target.kind === 'piece' && target.piece === piece,
    );
    if (!calls || caller === piece || caller.kind !== 'function') return [];
    const parent = coldParent(caller.name);
    const whole =
      parent === undefined ? caller : pre.named.get(parent)?.find(({ kind }) => kind === 'function');
    return whole === undefined || whole === piece || replaced.has(whole) ? [] : [whole.name];
  });
  return [...new Set(names)].sort();
}
