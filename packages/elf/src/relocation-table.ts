// SPDX-License-Identifier: GPL-2.0-or-later
import type { ByteReader, ByteWriter } from './bytes.ts';
import { SHF } from './constants.ts';
import { malformed } from './error.ts';
import { ENTRY_SIZE } from './links.ts';
import { type ElfRelocation, symbolIndex } from './model.ts';
import { relocationName, relocationWidth } from './relocations.ts';
import { describeSection, type SectionHeader } from './section-headers.ts';

/** Bytes of an Elf64_Chdr; ch_size is at 8 (gABI "Section Compression"). */
const COMPRESSION_HEADER_SIZE = 24;

/**
 * Decodes a table of relocations with addends (gABI "Relocation") that applies to `target`.
 *
 * A relocation must write inside its section. Of a type that we don't know the width of, only its first
 * byte is held to that: reading keeps such a relocation, and whoever applies it must refuse it.
 *
 * @throws ElfError ELF_BAD_RELOCATION, ELF_BAD_SECTION, ELF_VALUE_RANGE
 */
export function readRelocations(
  file: ByteReader,
  table: SectionHeader,
  target: SectionHeader,
  symbolCount: number,
): readonly ElfRelocation[] {
  const size = relocatableSize(file, target);
  const end = table.offset + table.size;
  const relocations: ElfRelocation[] = [];
  for (let at = table.offset; at < end; at += ENTRY_SIZE.relocations) {
    const offset = file.u64(at);
    const type = file.u32(at + 8);
    const symbol = file.u32(at + 12);
    if (offset + (relocationWidth(type) ?? 1) > size) {
      const reason = `${relocationName(type)} at ${offset} leaves ${describeSection(target)} of ${size} bytes`;
      throw malformed('ELF_BAD_RELOCATION', at, reason);
    }
    if (symbol >= symbolCount) {
      throw malformed('ELF_BAD_RELOCATION', at + 12, `symbol ${symbol} of ${symbolCount}`);
    }
    relocations.push({ offset, type, symbol: symbolIndex(symbol), addend: file.s64(at + 16) });
  }
  return relocations;
}

/** Writes a table of relocations to `offset`. */
export function writeRelocations(
  file: ByteWriter,
  offset: number,
  relocations: readonly ElfRelocation[],
): void {
  let at = offset;
  for (const relocation of relocations) {
    file.i64(at, relocation.offset);
    file.u32(at + 8, relocation.type);
    file.u32(at + 12, relocation.symbol);
    file.i64(at + 16, relocation.addend);
    at += ENTRY_SIZE.relocations;
  }
}

/** Relocations of a compressed section apply to what it holds once decompressed. */
function relocatableSize(file: ByteReader, target: SectionHeader): number {
  if ((target.flags & SHF.COMPRESSED) === 0) return target.size;
  if (target.size < COMPRESSION_HEADER_SIZE) {
    const reason = `${describeSection(target)} is compressed but has no compression header`;
    throw malformed('ELF_BAD_SECTION', target.offset, reason);
  }
  return file.u64(target.offset + 8);
}
