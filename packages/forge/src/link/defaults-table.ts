// SPDX-License-Identifier: GPL-2.0-or-later
import { R_X86_64, SHF } from '@uptide/elf';
import type { CutDefault } from '../cut/defaults.ts';
import { pieceSize } from '../dissect/piece.ts';
import type { Assembly, ModulePlace } from './assembly.ts';
import { type Places, placeOf } from './place-pieces.ts';

/** struct uptide_default of kernel-side/defaults.c: seven words. */
const WORD = 8;
const FIELDS = ['object', 'live', 'before', 'after', 'size', 'keys', 'set'] as const;

/**
 * Writes the list of variables that the update gives other values, ended by a zeroed entry.
 *
 * @returns the place of the first entry.
 */
export function writeDefaults(
  assembly: Assembly,
  defaults: readonly CutDefault[],
  places: Places,
): ModulePlace {
  const section = assembly.section('.data', SHF.ALLOC | SHF.WRITE);
  const stride = FIELDS.length * WORD;
  const bytes = new Uint8Array(stride * (defaults.length + 1));
  const view = new DataView(bytes.buffer);
  const fieldAt = (i: number, field: (typeof FIELDS)[number]): number =>
    i * stride + FIELDS.indexOf(field) * WORD;
  defaults.forEach(({ before, keys }, i) => {
    view.setBigUint64(fieldAt(i, 'size'), BigInt(pieceSize(before)), true);
    view.setBigUint64(fieldAt(i, 'keys'), BigInt(keys), true);
  });
  const start = section.append(bytes, WORD);
  defaults.forEach(({ symbol, before, after }, i) => {
    const { object } = symbol;
    const place = (field: (typeof FIELDS)[number]): ModulePlace => ({
      section,
      offset: start + fieldAt(i, field),
    });
    // A null name means vmlinux.
    if (object !== 'vmlinux') {
      assembly.pointer(place('object'), { kind: 'place', place: assembly.text(object) }, R_X86_64[64]);
    }
    assembly.fixups.push({
      place: place('live'),
      type: R_X86_64[64],
      addend: 0,
      object,
      to: { kind: 'live', symbol, offset: 0 },
    });
    for (const [field, piece] of [
      ['before', before],
      ['after', after],
    ] as const) {
      assembly.pointer(place(field), { kind: 'place', place: placeOf(places, piece) }, R_X86_64[64]);
    }
  });
  return { section, offset: start };
}
