// SPDX-License-Identifier: GPL-2.0-or-later

/** Section types (gABI figure 4-11). */
export const SHT = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  HASH: 5,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  SHLIB: 10,
  DYNSYM: 11,
  INIT_ARRAY: 14,
  FINI_ARRAY: 15,
  GROUP: 17,
  SYMTAB_SHNDX: 18,
  RELR: 19,
  LLVM_CREL: 0x40000014,
  ANDROID_REL: 0x60000001,
  ANDROID_RELA: 0x60000002,
  LLVM_ADDRSIG: 0x6fff4c03,
  X86_64_UNWIND: 0x70000001,
} as const;

/** Section flags (gABI figure 4-12); RELA_LIVEPATCH from include/uapi/linux/elf.h. */
export const SHF = {
  WRITE: 0x1,
  ALLOC: 0x2,
  EXECINSTR: 0x4,
  MERGE: 0x10,
  STRINGS: 0x20,
  INFO_LINK: 0x40,
  LINK_ORDER: 0x80,
  GROUP: 0x200,
  TLS: 0x400,
  COMPRESSED: 0x800,
  RELA_LIVEPATCH: 0x00100000,
} as const;

/** Reserved section indices (gABI figure 4-8); LIVEPATCH from include/uapi/linux/elf.h. */
export const SHN = {
  UNDEF: 0,
  LORESERVE: 0xff00,
  LIVEPATCH: 0xff20,
  ABS: 0xfff1,
  COMMON: 0xfff2,
  XINDEX: 0xffff,
} as const;

export const STB = { LOCAL: 0, GLOBAL: 1, WEAK: 2 } as const;
export const STT = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3, FILE: 4, COMMON: 5, TLS: 6 } as const;
export const ET = { REL: 1, EXEC: 2, DYN: 3 } as const;
export const EM_X86_64 = 62;
export const GRP_COMDAT = 1;
