// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfSection, SHF, SHT } from '@uptide/elf';
import { SPECIAL_TABLES } from './tables/index.ts';
import type { SpecialTable } from './tables/table.ts';

/** How a section is taken apart. */
export type Treatment =
  | { readonly kind: 'code' }
  | { readonly kind: 'data' }
  | { readonly kind: 'strings' }
  | { readonly kind: 'constants' }
  | { readonly kind: 'table'; readonly table: SpecialTable }
  /** Says nothing about what runs. */
  | { readonly kind: 'ignored' };

/** Sections that describe an object and do not become a part of the running kernel, with the reason. */
export const IGNORED_SECTIONS: readonly { readonly prefix: string; readonly why: string }[] = [
  { prefix: '.discard', why: 'the link script discards it; objtool has read it' },
  { prefix: '.modinfo', why: 'text for tools that load modules' },
  { prefix: '.note', why: 'notes for loaders and debuggers' },
  { prefix: '.comment', why: 'the name of the compiler' },
  { prefix: '.eh_frame', why: 'the kernel unwinds by ORC' },
  { prefix: '.llvm_addrsig', why: 'a hint for the linker' },
  { prefix: '.orc_unwind', why: 'read together with .orc_unwind_ip' },
  { prefix: '.orc_header', why: 'a digest of the format of .orc_unwind' },
  {
    prefix: '.printk_index',
    why: 'pointers to formats for tools, read through debugfs; no code refers to them',
  },
  { prefix: '__patchable_function_entries', why: 'x86 kernels hook functions through __mcount_loc' },
];

const TABLES = new Map(SPECIAL_TABLES.map((table) => [table.section, table]));

/** What else of an object decides how a section of it is taken apart. */
export interface SectionUse {
  /** Whether relocations apply to it. */
  readonly relocated: boolean;
  /** Whether it has symbols that other objects may refer to. */
  readonly exported: boolean;
}

/**
 * Sections of literals that the linker may merge: each reference from inside the object stands for what it
 * finds there. What another object may refer to, or what holds addresses, is data like any other.
 */
function isMergeable(section: ElfSection, { relocated, exported }: SectionUse): boolean {
  return (section.flags & SHF.MERGE) !== 0 && section.entrySize > 0 && !relocated && !exported;
}

/** Decides by name, type, flags and use how a section is taken apart. */
export function treatmentOf(section: ElfSection, use: SectionUse): Treatment {
  if ((section.flags & SHF.ALLOC) === 0) return { kind: 'ignored' };
  if (section.type === SHT.NOTE) return { kind: 'ignored' };
  const table = TABLES.get(section.name);
  if (table !== undefined) return { kind: 'table', table };
  if (IGNORED_SECTIONS.some(({ prefix }) => section.name.startsWith(prefix))) return { kind: 'ignored' };
  if ((section.flags & SHF.EXECINSTR) !== 0) return { kind: 'code' };
  if (isMergeable(section, use))
    return { kind: (section.flags & SHF.STRINGS) === 0 ? 'constants' : 'strings' };
  return { kind: 'data' };
}
