// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Address } from '@uptide/elf';
import { nameOf } from '../compare/difference.ts';
import type { Piece, Reference } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { beginsWithEndbr, ENDBR64 } from '../match/sealed-entries.ts';
import type { Destination } from './destination.ts';
import type { CutUnit } from './unit.ts';

/**
 * Refuses the address of a function that stays in the kernel and that nothing has called by its address so far:
 * on a processor with IBT such a call faults (see match/sealed-entries.ts). There are two ways to it. The
 * kernel has sealed the entry, or GCC has put no ENDBR64 there at all: it leaves it out of a static function
 * whose address its unit does not take, and puts it there in post, where the unit does.
 *
 * What another module exports is never sealed: an export counts as taking the address (objtool, validate_ibt).
 *
 * @param reference a field that is no call or jump
 */
export function refuseUncallable(
  reference: Reference,
  destination: Destination,
  user: Piece,
  unit: CutUnit,
): Finding | undefined {
  const { shipped } = unit.match;
  const post = reference.target.kind === 'piece' ? reference.target.piece.bytes : undefined;
  const wanted = beginsWithEndbr(post);
  for (const entry of entriesAt(destination, unit)) {
    const why = shipped.sealed(entry)
      ? 'which the kernel has sealed'
      : wanted && !beginsWithEndbr(shipped.read(entry, ENDBR64.length))
        ? 'which does not begin with ENDBR64'
        : undefined;
    if (why === undefined) continue;
    const place = { object: unit.object, file: unit.source, symbol: user.name, offset: reference.at };
    const reason = `${user.name} takes the address of ${nameOf(reference.target)}, ${why}`;
    return finding('CUT_ENDBR_SEALED', 'refuse', place, reason);
  }
  return undefined;
}

/** The addresses in the unit's own object that a reference to the start of something may lead to. */
function entriesAt(destination: Destination, { match: { shipped } }: CutUnit): Address[] {
  if ((destination.kind !== 'live' && destination.kind !== 'import') || destination.offset !== 0) return [];
  if (destination.kind === 'import') {
    return shipped.object === 'vmlinux' ? shipped.named(destination.name).map(({ address }) => address) : [];
  }
  const { object, name, position } = destination.symbol;
  if (object !== shipped.object) return [];
  // klp's position 0 is that of a name which is there once.
  const symbol = shipped.named(name)[Math.max(position, 1) - 1];
  return symbol === undefined ? [] : [symbol.address];
}
