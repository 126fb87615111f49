// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * x86-64 relocation types (psABI table 4.9). Those of dynamic linking and thread-local storage are there to
 * be named in a refusal.
 */
export const R_X86_64 = {
  NONE: 0,
  64: 1,
  PC32: 2,
  GOT32: 3,
  PLT32: 4,
  COPY: 5,
  GLOB_DAT: 6,
  JUMP_SLOT: 7,
  RELATIVE: 8,
  GOTPCREL: 9,
  32: 10,
  '32S': 11,
  16: 12,
  PC16: 13,
  8: 14,
  PC8: 15,
  DTPMOD64: 16,
  DTPOFF64: 17,
  TPOFF64: 18,
  TLSGD: 19,
  TLSLD: 20,
  DTPOFF32: 21,
  GOTTPOFF: 22,
  TPOFF32: 23,
  PC64: 24,
  GOTOFF64: 25,
  GOTPC32: 26,
  GOT64: 27,
  GOTPCREL64: 28,
  GOTPC64: 29,
  GOTPLT64: 30,
  PLTOFF64: 31,
  SIZE32: 32,
  SIZE64: 33,
  GOTPC32_TLSDESC: 34,
  TLSDESC_CALL: 35,
  TLSDESC: 36,
  IRELATIVE: 37,
  RELATIVE64: 38,
  GOTPCRELX: 41,
  REX_GOTPCRELX: 42,
} as const;

const NAMES = new Map<number, string>(
  Object.entries(R_X86_64).map(([name, type]) => [type, `R_X86_64_${name}`]),
);

/** The psABI's name of a relocation type, for messages. */
export function relocationName(type: number): string {
  return NAMES.get(type) ?? `relocation type ${type}`;
}

/** Bytes that a relocation writes, or undefined for a type that this table does not know. */
export function relocationWidth(type: number): number | undefined {
  return WIDTHS.get(type);
}

/** Widths by the field column of psABI table 4.9; COPY has the width of its symbol and no entry. */
const WIDTHS = new Map<number, number>([
  [R_X86_64.NONE, 0],
  [R_X86_64.TLSDESC_CALL, 0],
  [R_X86_64[8], 1],
  [R_X86_64.PC8, 1],
  [R_X86_64[16], 2],
  [R_X86_64.PC16, 2],
  [R_X86_64.PC32, 4],
  [R_X86_64.GOT32, 4],
  [R_X86_64.PLT32, 4],
  [R_X86_64.GOTPCREL, 4],
  [R_X86_64[32], 4],
  [R_X86_64['32S'], 4],
  [R_X86_64.TLSGD, 4],
  [R_X86_64.TLSLD, 4],
  [R_X86_64.DTPOFF32, 4],
  [R_X86_64.GOTTPOFF, 4],
  [R_X86_64.TPOFF32, 4],
  [R_X86_64.GOTPC32, 4],
  [R_X86_64.SIZE32, 4],
  [R_X86_64.GOTPC32_TLSDESC, 4],
  [R_X86_64.GOTPCRELX, 4],
  [R_X86_64.REX_GOTPCRELX, 4],
  [R_X86_64[64], 8],
  [R_X86_64.GLOB_DAT, 8],
  [R_X86_64.JUMP_SLOT, 8],
  [R_X86_64.RELATIVE, 8],
  [R_X86_64.DTPMOD64, 8],
  [R_X86_64.DTPOFF64, 8],
  [R_X86_64.TPOFF64, 8],
  [R_X86_64.PC64, 8],
  [R_X86_64.GOTOFF64, 8],
  [R_X86_64.GOT64, 8],
  [R_X86_64.GOTPCREL64, 8],
  [R_X86_64.GOTPC64, 8],
  [R_X86_64.GOTPLT64, 8],
  [R_X86_64.PLTOFF64, 8],
  [R_X86_64.SIZE64, 8],
  [R_X86_64.IRELATIVE, 8],
  [R_X86_64.RELATIVE64, 8],
  [R_X86_64.TLSDESC, 16],
]);

/** The types whose calculation has the place ("P") in it. */
const PC_RELATIVE: ReadonlySet<number> = new Set([
  R_X86_64.PC32,
  R_X86_64.PLT32,
  R_X86_64.GOTPCREL,
  R_X86_64.PC16,
  R_X86_64.PC8,
  R_X86_64.TLSGD,
  R_X86_64.TLSLD,
  R_X86_64.GOTTPOFF,
  R_X86_64.PC64,
  R_X86_64.GOTPC32,
  R_X86_64.GOTPCREL64,
  R_X86_64.GOTPC64,
  R_X86_64.GOTPC32_TLSDESC,
  R_X86_64.GOTPCRELX,
  R_X86_64.REX_GOTPCRELX,
]);

/** Whether the value that is written is relative to the place that is written. */
export function isPcRelative(type: number): boolean {
  return PC_RELATIVE.has(type);
}
