// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A shipped module, laid out as if it were loaded.
 *
 * The image of a kernel is linked: every field holds a number. A module is not: its fields are relocations
 * against its own symbols and against names. To match both by one rule, the sections of a module are put at
 * made-up addresses, far apart, each imported name gets an address of its own in a region where nothing
 * lies, and the relocations are applied as the module loader would (psABI table 4.9).
 */
import {
  type Address,
  address,
  type ElfObject,
  type ElfRelocation,
  type ElfSymbol,
  R_X86_64,
  relocationsOf,
  type SectionIndex,
  SHF,
  STB,
  STT,
  sectionBytes,
  sectionSize,
} from '@uptide/elf';
import { ForgeError } from '../error.ts';
import { SEAL_TABLE, sealedEntries } from './sealed-entries.ts';
import type { Shipped, ShippedSymbol } from './shipped.ts';

/** Sections start here; like the kernel's own modules below 2 GiB from the top, so that 32-bit fields hold. */
const FIRST_SECTION = -0x4000_0000;
/** Room between sections, so that a pointer past the end of one is not a pointer into the next. */
const SECTION_GAP = 0x1_0000;
/** Imported names: far from all sections, each with room for offsets. */
const FIRST_IMPORT = -0x7000_0000;
const IMPORT_ROOM = 0x1_0000;

interface Placed {
  readonly start: number;
  readonly size: number;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Lays out a module. Sections are those that are loaded (SHF_ALLOC).
 *
 * @throws ForgeError OBJECT_RELOCATION_UNKNOWN for a relocation that the module loader does not know,
 * OBJECT_TABLE_LAYOUT when the table of sealed entries is damaged.
 */
export function shippedModule(name: string, module: ElfObject): Shipped {
  const placed = placeSections(module);
  const imports = placeImports(module);
  const resolved = (symbol: ElfSymbol): number => {
    if (symbol.home.kind === 'section') return (placed.get(symbol.home.section)?.start ?? 0) + symbol.value;
    return symbol.home.kind === 'absolute' ? symbol.value : (imports.get(symbol.name) ?? 0);
  };
  for (const [index, { start, bytes }] of placed) {
    if (bytes === undefined) continue;
    for (const relocation of relocationsOf(module, index)) {
      const symbol = module.symbols[relocation.symbol];
      if (symbol !== undefined) apply(bytes, start, relocation, resolved(symbol), name);
    }
  }
  const symbols = countedSymbols(module, placed);
  const byName = Map.groupBy(symbols, (symbol) => symbol.name);
  const byAddress = Map.groupBy(symbols, (symbol) => symbol.address);
  const ranges = [...placed.values()];
  const sealed = sealedIn(module, placed, name);
  return {
    object: name,
    named: (wanted) => byName.get(wanted) ?? [],
    at: (wanted) => byAddress.get(wanted) ?? [],
    read: (from, length) => {
      const range = ranges.find(({ start, size }) => from >= start && from + length <= start + size);
      return range?.bytes?.subarray(from - range.start, from - range.start + length);
    },
    contains: (wanted) => ranges.some(({ start, size }) => wanted >= start && wanted <= start + size),
    sealed: (entry) => sealed.has(entry),
    imported: (wanted) => imports.get(wanted),
  };
}

function sealedIn(
  module: ElfObject,
  placed: ReadonlyMap<SectionIndex, Placed>,
  name: string,
): ReadonlySet<Address> {
  const table = module.sections.find((section) => section.name === SEAL_TABLE);
  const place = table === undefined ? undefined : placed.get(table.index);
  if (place?.bytes === undefined) return new Set();
  return sealedEntries(place.bytes, address(place.start), name);
}

function placeSections(module: ElfObject): Map<SectionIndex, Placed> {
  const placed = new Map<SectionIndex, Placed>();
  let next = FIRST_SECTION;
  for (const section of module.sections) {
    if ((section.flags & SHF.ALLOC) === 0) continue;
    const size = sectionSize(section) ?? 0;
    const bytes = section.content.kind === 'bytes' ? Uint8Array.from(sectionBytes(section) ?? []) : undefined;
    placed.set(section.index, { start: next, size, bytes });
    next += Math.ceil((size + SECTION_GAP) / SECTION_GAP) * SECTION_GAP;
  }
  return placed;
}

function placeImports(module: ElfObject): Map<string, Address> {
  const names = module.symbols.filter(({ home, name }) => home.kind === 'undefined' && name !== '');
  return new Map(names.map(({ name }, i) => [name, address(FIRST_IMPORT + i * IMPORT_ROOM)]));
}

/** Sections that are freed when the module has started (module_init_section, kernel/module/main.c). */
const FREED = /^\.init/;

/**
 * The symbols that klp counts for a module, in its order. While the module starts those are all of its symbols,
 * and afterwards those in sections that stay (is_core_symbol, kernel/module/kallsyms.c).
 */
function countedSymbols(module: ElfObject, placed: ReadonlyMap<SectionIndex, Placed>): ShippedSymbol[] {
  const counted: ShippedSymbol[] = [];
  for (const symbol of module.symbols) {
    if (symbol.home.kind !== 'section' || symbol.type === STT.SECTION || symbol.name === '') continue;
    const range = placed.get(symbol.home.section);
    if (range === undefined) continue;
    const section = module.sections[symbol.home.section];
    const code = ((section?.flags ?? 0) & SHF.EXECINSTR) !== 0;
    const letter = code ? 't' : 'd';
    counted.push({
      name: symbol.name,
      address: address(range.start + symbol.value),
      type: symbol.bind === STB.LOCAL ? letter : letter.toUpperCase(),
      passing: FREED.test(section?.name ?? ''),
    });
  }
  return counted;
}

/** Writes one relocation as apply_relocate_add does (arch/x86/kernel/module.c). */
function apply(
  bytes: Uint8Array,
  start: number,
  relocation: ElfRelocation,
  symbol: number,
  module: string,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { offset, type, addend } = relocation;
  const value = symbol + addend;
  switch (type) {
    case R_X86_64.NONE:
      return;
    case R_X86_64[64]:
      view.setBigInt64(offset, BigInt(value), true);
      return;
    case R_X86_64[32]:
    case R_X86_64['32S']:
      view.setInt32(offset, value | 0, true);
      return;
    case R_X86_64.PC32:
    case R_X86_64.PLT32:
      view.setInt32(offset, (value - (start + offset)) | 0, true);
      return;
    case R_X86_64.PC64:
      view.setBigInt64(offset, BigInt(value - (start + offset)), true);
      return;
    default:
      throw new ForgeError(
        'OBJECT_RELOCATION_UNKNOWN',
        `relocation type ${type} is not one of the module loader`,
        {
          place: { object: module, offset },
        },
      );
  }
}
