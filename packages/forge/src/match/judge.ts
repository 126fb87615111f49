// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { disassembleAt } from '../compare/difference.ts';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { UnitMatch } from './match.ts';

/** What the match says against replacing functions: a finding for each that is not the shipped one. */
export function judgeMatch(match: UnitMatch, functions: readonly Piece[], source: string): Finding[] {
  return functions.flatMap((piece): Finding[] => {
    const verdict = match.functions.get(piece);
    const { object } = match.shipped;
    const place: Place = { object, file: source, symbol: piece.name };
    switch (verdict?.state) {
      case 'matched':
        return [];
      case 'twins': {
        const reason = `${verdict.addresses.length} functions ${piece.name} of ${object} are equal to it`;
        return [finding('MATCH_AMBIGUOUS', 'refuse', place, reason)];
      }
      case 'differs': {
        const { offset, reason } = verdict.mismatch;
        const shipped = match.shipped.read(verdict.address, piece.end - piece.start);
        const expected = disassembleAt(piece, piece.bytes, offset);
        const found = disassembleAt(undefined, shipped, offset);
        const detail = `expected ${expected}; found ${found}; ${reason}. ${likelyCause(match, functions)}`;
        return [finding('MATCH_DIFFERS', 'refuse', { ...place, offset }, detail)];
      }
      default:
        return [finding('MATCH_NOT_SHIPPED', 'refuse', place, `${object} has no function ${piece.name}`)];
    }
  });
}

/** Guesses from how much of the unit matches why a function does not. */
function likelyCause(match: UnitMatch, functions: readonly Piece[]): string {
  const states = [...match.functions.values()];
  const matched = states.filter(({ state }) => state === 'matched').length;
  const share = `${matched} of ${states.length} functions of the file match`;
  if (matched * 10 < states.length) return `${share}: another compiler, or the source of another version`;
  if (matched * 10 >= states.length * 9 && functions.length > 0) {
    return `${share}: the source of this function is another, or a weak function is overridden`;
  }
  return `${share}: another configuration, or a header of another version`;
}
