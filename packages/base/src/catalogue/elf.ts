// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

const malformed = {
  exit: 'badInput',
  remedy: 'The file is damaged or was not made by a compiler; take it again from where it came.',
} as const;

export const ELF_ERRORS = {
  ELF_NOT_ELF64: {
    exit: 'badInput',
    meaning: 'The file is not a little-endian ELF64 file for x86-64.',
    remedy: 'Give an object file that was compiled for x86-64.',
  },
  ELF_TRUNCATED: { ...malformed, meaning: 'A header or table reaches past the end of the file.' },
  ELF_TOO_LARGE: {
    exit: 'badInput',
    meaning: 'A count or size is over the bound that the reader keeps.',
    remedy: 'The message names the bound; a real object of this size is worth a report.',
  },
  ELF_BAD_HEADER: { ...malformed, meaning: 'A field of the ELF header contradicts another.' },
  ELF_BAD_SECTION: {
    ...malformed,
    meaning: 'A section header contradicts itself, another section or the file.',
  },
  ELF_BAD_STRING: { ...malformed, meaning: 'A string offset is outside its table or the string has no end.' },
  ELF_BAD_SYMBOL: { ...malformed, meaning: 'A symbol names a section, string or index that does not exist.' },
  ELF_BAD_RELOCATION: {
    ...malformed,
    meaning: 'A relocation names a symbol, section or offset that does not exist.',
  },
  ELF_BAD_GROUP: {
    ...malformed,
    meaning: 'A section group names a member or signature that does not exist.',
  },
  ELF_VALUE_RANGE: {
    exit: 'badInput',
    meaning: 'A 64-bit value is outside the range in which it is represented exactly.',
    remedy: 'No address or addend of a kernel object is that large; the file is damaged.',
  },
  ELF_UNWRITABLE: {
    exit: 'internal',
    meaning: 'An object was to be written that no reader could read back.',
    remedy: 'Report it with the printed place.',
  },
} as const satisfies Record<string, CatalogueEntry>;
