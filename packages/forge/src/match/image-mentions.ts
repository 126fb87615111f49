// SPDX-License-Identifier: GPL-2.0-or-later
import type { Address } from '@uptide/elf';
import type { KernelImage } from '@uptide/kernel';
import { SPECIAL_TABLES } from '../dissect/tables/index.ts';

/** A place of an image that holds the address of something wanted, or the distance to it. */
export interface ImageMention {
  readonly target: Address;
  /** The place of the field. */
  readonly at: Address;
  /** Whether it is the operand of a direct call or jump. */
  readonly branch: boolean;
}

/** Tables that speak of places in code, exports (modules that ask for them are looked at), types and notes. */
const SILENT: ReadonlySet<string> = new Set([
  ...SPECIAL_TABLES.flatMap(({ section, companion }) =>
    companion === undefined ? [section] : [section, companion.section],
  ),
  '.orc_lookup',
  '__ksymtab',
  '__ksymtab_gpl',
  '__ksymtab_strings',
  '__kcrctab',
  '__kcrctab_gpl',
  '.notes',
  '.BTF',
]);

/** Bytes of every field that is looked for: a distance, an address below 2 GiB from the top, or its lower half. */
const FIELD = 4;

/**
 * Finds everything in an image that may be a mention of one of some addresses: at any byte, whatever the byte
 * means. One that is none makes a caller up that nobody can explain, which costs a refusal and no more.
 */
export function mentionsInImage(
  image: Pick<KernelImage, 'sections' | 'section'>,
  targets: ReadonlySet<Address>,
): ImageMention[] {
  const mentions: ImageMention[] = [];
  const wanted = new Set<number>(targets);
  const least = Math.min(...wanted);
  const most = Math.max(...wanted);
  for (const { name, address: base, executable } of image.sections) {
    const bytes = SILENT.has(name) ? undefined : image.section(name);
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Distances count from the end of the field in code, and from its beginning in data (PREL32).
    const origin = base + (executable ? FIELD : 0);
    for (let i = 0; i + FIELD <= bytes.length; i += 1) {
      const value = view.getInt32(i, true);
      const reached = origin + i + value;
      // Before an entry that is aligned stands a no-operation with zeroes at its end: a distance of 0.
      const isDistance =
        reached >= least && reached <= most && wanted.has(reached) && (value !== 0 || isBranch(bytes, i));
      if (!isDistance && (value < least || value > most || !wanted.has(value))) continue;
      const target = (isDistance ? reached : value) as Address;
      mentions.push({
        target,
        at: (base + i) as Address,
        branch: isDistance && executable && isBranch(bytes, i),
      });
    }
  }
  return mentions;
}

/** Whether the operand of a call, a jump or a conditional jump stands there (Intel SDM volume 2: E8, E9, 0F 8x). */
function isBranch(bytes: Uint8Array, at: number): boolean {
  const opcode = bytes[at - 1] ?? 0;
  if (opcode === 0xe8 || opcode === 0xe9) return true;
  return (opcode & 0xf0) === 0x80 && bytes[at - 2] === 0x0f;
}
