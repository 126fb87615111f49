// SPDX-License-Identifier: GPL-2.0-or-later
import { SHF } from '@uptide/elf';
import type { Piece, TableEntry } from './piece.ts';

/**
 * Gives every piece of code an entry that says how to unwind at its first byte, its prefix included. objtool
 * writes one only where the state changes (orc_create, tools/objtool/orc_gen.c), so in a section of several
 * functions one that begins as the one before it ends has none: `__cond_resched` in .sched.text. Alone it
 * would be unwound by what happens to lie before it.
 *
 * @param pieces those of each section together, by rising start.
 */
export function completeUnwindStarts(pieces: readonly Piece[]): void {
  let last: TableEntry | undefined;
  let section: Piece['section'] | undefined;
  for (const piece of pieces) {
    if ((piece.section.flags & SHF.EXECINSTR) === 0) continue;
    if (piece.section !== section) last = undefined;
    section = piece.section;
    const own = piece.entries.filter(({ table }) => table.section === '.orc_unwind_ip');
    const begins = own.some(({ ownerOffset }) => ownerOffset <= 0);
    if (last !== undefined && !begins) piece.entries = [atStartOf(piece, last), ...piece.entries];
    last = own.toSorted((a, b) => a.ownerOffset - b.ownerOffset).at(-1) ?? last;
  }
}

function atStartOf(piece: Piece, entry: TableEntry): TableEntry {
  const references = entry.references.map((reference) => ({
    ...reference,
    target: { kind: 'piece' as const, piece, offset: 0 - piece.lead },
  }));
  return { ...entry, ownerOffset: 0 - piece.lead, references };
}
