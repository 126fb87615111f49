// SPDX-License-Identifier: GPL-2.0-or-later
import { STB } from '@uptide/elf';
import type { Dissection, Piece } from '../../dissect/piece.ts';
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';

/** Sections that are freed when the kernel or the module has started (include/linux/init.h). */
const INIT = /^\.init\./;
/** The link script discards these; what stands there keeps a function from being thrown away. */
const DISCARDED = '.discard';

/** A fix in code that has run is a fix for the next time only. */
export const ALREADY_RAN: ExamineRule = {
  code: 'EXAMINE_ALREADY_RAN',
  looksFor:
    'Changed functions that have done their work before the update is loaded: those with `probe` as a word of their name, which ran for every device that is there, and static ones that only code of the start calls.',
  cannotSee:
    'Probing under other names (`attach`, `bind`, `connect`, `setup`). Functions of other units that only code of the start calls. Whether devices come and go on the machine, so that the new code does run.',
  examine: ({ source, comparison }) =>
    comparison.changed.flatMap(({ name, pre }) => {
      const why = name.split(/[_.]/).includes('probe')
        ? 'it probes; devices that are there keep what the old code set up'
        : isForStartAlone(pre, comparison.pre)
          ? 'only code that runs at the start calls it'
          : undefined;
      if (why === undefined) return [];
      return [finding('EXAMINE_ALREADY_RAN', 'review', { file: source, symbol: name }, why)];
    }),
};

function isForStartAlone(piece: Piece, { pieces }: Dissection): boolean {
  if (piece.symbol === undefined || piece.symbol.bind !== STB.LOCAL || INIT.test(piece.section.name)) {
    return false;
  }
  const uses = pieces
    .filter((user) => user !== piece && !user.section.name.startsWith(DISCARDED))
    .flatMap(({ section, references }) =>
      references
        .filter(({ target }) => target.kind === 'piece' && target.piece === piece)
        .map(({ branch }) => ({ section, branch })),
    );
  // An address that is taken at the start may be called at any time.
  return uses.length > 0 && uses.every(({ section, branch }) => branch && INIT.test(section.name));
}
