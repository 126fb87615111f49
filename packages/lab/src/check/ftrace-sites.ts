// SPDX-License-Identifier: GPL-2.0-or-later
import {
  type ElfObject,
  type ElfSymbol,
  R_X86_64,
  relocationsOf,
  type SectionIndex,
  sectionBytes,
} from '@uptide/elf';

/** The five bytes at a site as the compiler or objtool leaves them: `call`, or a five-byte NOP (SDM, NOP). */
const CALL = 0xe8;
const NOP5 = [0x0f, 0x1f, 0x44, 0x00, 0x00];
const SITE_LENGTH = 5;

/** Where ftrace can take hold of a module's code: the places listed in `__mcount_loc`, by section. */
export function ftraceSites(module: ElfObject): ReadonlyMap<SectionIndex, readonly number[]> {
  const sites = new Map<SectionIndex, number[]>();
  for (const section of module.sections) {
    if (section.name !== '__mcount_loc') continue;
    for (const { type, symbol, addend } of relocationsOf(module, section.index)) {
      const target = module.symbols[symbol];
      if (type !== R_X86_64[64] || target?.home.kind !== 'section') continue;
      const list = sites.get(target.home.section) ?? [];
      list.push(target.value + addend);
      sites.set(target.home.section, list);
    }
  }
  return sites;
}

/**
 * Whether ftrace finds a site for a function: one within its bytes (kernel/trace/ftrace.c, ftrace_location, "map sym+0
 * to __fentry__"), at which there is a call or a NOP.
 */
export function hasFtraceSite(
  module: ElfObject,
  sites: ReadonlyMap<SectionIndex, readonly number[]>,
  symbol: ElfSymbol,
): boolean {
  if (symbol.home.kind !== 'section') return false;
  const section = module.sections[symbol.home.section];
  const bytes = section === undefined ? undefined : sectionBytes(section);
  const end = symbol.value + Math.max(symbol.size, 1);
  const site = (sites.get(symbol.home.section) ?? []).find((at) => at >= symbol.value && at < end);
  if (bytes === undefined || site === undefined || site + SITE_LENGTH > bytes.length) return false;
  return bytes[site] === CALL || NOP5.every((byte, index) => bytes[site + index] === byte);
}
