// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { isMark } from '../author/marks.ts';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';

/**
 * Everything that pieces refer to, directly or through other pieces, the pieces themselves included; of what
 * `follow` does not take, nothing.
 */
export function reachableFrom(
  roots: readonly Piece[],
  follow: (piece: Piece) => boolean = () => true,
): Set<Piece> {
  const reached = new Set<Piece>(roots);
  const open = [...roots];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    const references = [...piece.references, ...piece.entries.flatMap((entry) => entry.references)];
    for (const { target } of references) {
      if (target.kind !== 'piece' || reached.has(target.piece) || !follow(target.piece)) continue;
      reached.add(target.piece);
      open.push(target.piece);
    }
  }
  return reached;
}

/**
 * The section of the entry by which modules find an export, and the symbol before its name. The linker sorts the
 * former by the name behind `+`; since 6.5 modpost makes the entries of what stands in the latter
 * (include/linux/export.h, commit ddb5cdbafaaa).
 */
const EXPORTS = [
  { section: /^___ksymtab(?:_gpl)?\+/, label: '__ksymtab_' },
  { section: /^\.export_symbol$/, label: '__export_symbol_' },
] as const;

/** The name that a piece exports; undefined when it is something else. */
export function exportedName({ section, aliases }: Piece): string | undefined {
  const label = EXPORTS.find((form) => form.section.test(section.name))?.label;
  if (label === undefined) return undefined;
  return aliases.find((alias) => alias.startsWith(label))?.slice(label.length);
}

/**
 * Finds new data that no changed or new function reaches. Something else must read it then: the linker's
 * tables of initcalls, parameters, or the kernel itself at the start; in a live update none of that happens. A
 * new export is no loss: no module that was built for this kernel asks for it.
 */
export function unreachedData(addedData: readonly Piece[], functions: readonly Piece[]): Finding[] {
  const reached = reachableFrom(functions);
  const findings: Finding[] = [];
  for (const piece of addedData) {
    if (reached.has(piece) || isMark(piece)) continue;
    const place = { symbol: piece.name, section: piece.section.name };
    const exported = exportedName(piece);
    if (exported !== undefined) {
      const reason = `${exported} is exported by the patch and not by the update: only the patch's own code calls it`;
      findings.push(finding('COMPARE_EXPORT_ADDED', 'ok', { ...place, symbol: exported }, reason));
      continue;
    }
    const reason = `${piece.name} in ${piece.section.name} is new, and no changed or new function reaches it`;
    findings.push(finding('COMPARE_NEW_DATA_UNREACHED', 'refuse', place, reason));
  }
  return findings;
}
