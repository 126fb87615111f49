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
const IGNORED: readonly { readonly prefix: string; readonly why: string }[] = [
  { prefix: '.discard', why: 'the link script discards it; objtool has read it' },
  { prefix: '.modinfo', why: 'text for tools that load modules' },
  { prefix: '.note', why: 'notes for loaders and debuggers' },
  { prefix: '.comment', why: 'the name of the compiler' },
  { prefix: '.eh_frame', why: 'the kernel unwinds by ORC' },
  { prefix: '.llvm_addrsig', why: 'a hint for the linker' },
  {
    prefix: '.orc_unwind',
    why: 'read together with .orc_unwind_ip; the header holds a digest of the format',
  },
  {
    prefix: '.printk_index',
    why: 'pointers to formats for tools, read through debugfs; no code refers to them',
  },
  { prefix: '__patchable_function_entries', why: 'x86 kernels hook functions through __mcount_loc' },
];

const TABLES = new Map(SPECIAL_TABLES.map((table) => [table.section, table]));

/** Sections of literals that the linker may merge: each reference stands for what it finds there. */
function isMergeable(section: ElfSection): boolean {
  return (section.flags & SHF.MERGE) !== 0 && section.entrySize > 0;
}

/** Decides by name, type and flags how a section is taken apart. */
export function treatmentOf(section: ElfSection): Treatment {
  if ((section.flags & SHF.ALLOC) === 0) return { kind: 'ignored' };
  if (section.type === SHT.NOTE) return { kind: 'ignored' };
  const table = TABLES.get(section.name);
  if (table !== undefined) return { kind: 'table', table };
  if (IGNORED.some(({ prefix }) => section.name.startsWith(prefix))) return { kind: 'ignored' };
  if ((section.flags & SHF.EXECINSTR) !== 0) return { kind: 'code' };
  if (isMergeable(section)) return { kind: (section.flags & SHF.STRINGS) === 0 ? 'constants' : 'strings' };
  return { kind: 'data' };
}
