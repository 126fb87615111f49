// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfRelocation, type ElfSection, R_X86_64, relocationName, sectionBytes } from '@uptide/elf';
import type { Report } from './report.ts';

/** Bytes that the loader writes, by the types that it knows (arch/x86/kernel/module.c, __apply_relocate_add). */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  [R_X86_64.NONE, 0],
  [R_X86_64[64], 8],
  [R_X86_64.PC64, 8],
  [R_X86_64[32], 4],
  [R_X86_64['32S'], 4],
  [R_X86_64.PC32, 4],
  [R_X86_64.PLT32, 4],
]);

/** Checks what the loader asks of the places that it writes: a type it knows, inside the section, zero before. */
export function checkPlaces(relocations: readonly ElfRelocation[], target: ElfSection, report: Report): void {
  const bytes = sectionBytes(target);
  for (const { type, offset } of relocations) {
    const place = { section: target.name, offset };
    const width = WIDTHS.get(type);
    if (width === undefined) {
      report.refuse('CHECK_BAD_RELOCATION', place, `the loader does not know ${relocationName(type)}`);
    } else if (bytes === undefined || offset < 0 || offset + width > bytes.length) {
      report.refuse('CHECK_BAD_RELOCATION', place, 'it lies outside the section');
    } else if (bytes.subarray(offset, offset + width).some((byte) => byte !== 0)) {
      report.refuse('CHECK_BAD_RELOCATION', place, 'the bytes that it writes are not zero before');
    }
  }
}
