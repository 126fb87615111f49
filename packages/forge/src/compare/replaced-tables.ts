// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables that only replaced functions read.
 *
 * Data is not replaced: pointers to it are everywhere, and its state is alive. A constant table of one file
 * that only functions of that file mention is another thing. A new copy of it beside new copies of all
 * functions that mention it is complete: nobody else can reach the old one, but through a pointer that one of
 * those functions stored earlier.
 *
 * Example. A fix gives `static const struct nla_policy policy[]` one more entry. Three functions pass it to a
 * parser. The module carries the new table and the three functions.
 *
 * Limits: whether such a pointer was stored is not known here, so the finding asks for review. A table that
 * holds functions is stored as a rule (that is what an operations table is for): the objects that exist go on
 * with the old one, and the change is refused with the rest of the data.
 */
import type { Finding } from '@uptide/base';
import { SHF, STB } from '@uptide/elf';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { Equality } from './equality.ts';
import type { Pairing } from './pairing.ts';

/**
 * Parts the pairs of constant tables that differ and that only functions mention: their users then differ too
 * and are replaced with them.
 *
 * @returns a finding for each table.
 */
export function partReplacedTables(pre: Dissection, post: Dissection, pairing: Pairing): Finding[] {
  const users = [usersOf(pre), usersOf(post)] as const;
  const equality = new Equality(pairing);
  const differing = pairing.pairs().filter(([original, patched]) => {
    if (original.kind !== 'data' || equality.content(original, patched)) return false;
    return isPrivateTable(original, users[0]) && isPrivateTable(patched, users[1]);
  });
  return differing.map(([original, patched]) => {
    pairing.remove(original, patched);
    return replaced(original, [...(users[1].get(patched) ?? [])]);
  });
}

function replaced({ name, section }: Piece, users: readonly Piece[]): Finding {
  const names = users.map((user) => user.name).sort();
  const reason = `${name} changed; its new copy goes along with ${names.join(', ')}, which are all that mention it`;
  return finding('COMPARE_TABLE_REPLACED', 'review', { symbol: name, section: section.name }, reason);
}

/** A constant of one file without pointers to functions, which functions alone mention. */
function isPrivateTable(piece: Piece, users: ReadonlyMap<Piece, ReadonlySet<Piece>>): boolean {
  if ((piece.section.flags & SHF.WRITE) !== 0 || piece.symbol?.bind !== STB.LOCAL) return false;
  if (!/^\.rodata(\.|$)/.test(piece.section.name)) return false;
  const holdsCode = piece.references.some(
    ({ target }) => target.kind === 'external' || target.piece.kind === 'function',
  );
  const mentions = [...(users.get(piece) ?? [])];
  return !holdsCode && mentions.length > 0 && mentions.every(({ kind }) => kind === 'function');
}

function usersOf(object: Dissection): Map<Piece, Set<Piece>> {
  const users = new Map<Piece, Set<Piece>>();
  for (const user of [...object.pieces, ...object.literals]) {
    const references = [...user.references, ...user.entries.flatMap((entry) => entry.references)];
    for (const { target } of references) {
      if (target.kind !== 'piece' || target.piece.kind !== 'data') continue;
      const list = users.get(target.piece);
      if (list === undefined) users.set(target.piece, new Set([user]));
      else list.add(user);
    }
  }
  return users;
}
