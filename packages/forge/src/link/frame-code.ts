// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import type { ExportedSymbol } from '@uptide/kernel';
import { reachableFrom } from '../compare/reach.ts';
import type { CutPiece, CutReference } from '../cut/cut.ts';
import type { Dissection, Reference } from '../dissect/piece.ts';

/** Names that the link defines and the frame refers to. */
const DEFINED_BY_LINK: ReadonlySet<string> = new Set(['uptide_patch', 'uptide_defaults', '__this_module']);

/** Takes the code that every update shares as carried pieces: all of its functions and what they refer to. */
export function frameCode(frame: Dissection, exports: ReadonlyMap<string, ExportedSymbol>): CutPiece[] {
  const functions = frame.pieces.filter(({ kind }) => kind === 'function');
  const settle = (reference: Reference): CutReference => {
    const { target } = reference;
    if (target.kind === 'piece') {
      return { reference, destination: { kind: 'carried', piece: target.piece, offset: target.offset } };
    }
    const { name } = target.symbol;
    if (DEFINED_BY_LINK.has(name))
      return { reference, destination: { kind: 'frame', name, offset: target.offset } };
    if (exports.get(name)?.object === 'vmlinux') {
      return { reference, destination: { kind: 'import', name, offset: target.offset } };
    }
    throw new UptideError(
      'INTERNAL',
      `the frame of the module needs ${name}, which the kernel does not export`,
    );
  };
  return [...reachableFrom(functions)].map((piece) => ({
    piece,
    object: 'vmlinux',
    references: piece.references.map(settle),
    entries: piece.entries.map((entry) => ({ entry, references: entry.references.map(settle) })),
  }));
}
