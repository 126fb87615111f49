// SPDX-License-Identifier: GPL-2.0-or-later

/** x86-64 relocation types that appear in kernel objects (psABI table 4.9). */
export const R_X86_64 = {
  NONE: 0,
  64: 1,
  PC32: 2,
  GOT32: 3,
  PLT32: 4,
  GOTPCREL: 9,
  32: 10,
  '32S': 11,
  16: 12,
  PC16: 13,
  8: 14,
  PC8: 15,
  PC64: 24,
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

const WIDTHS = new Map<number, number>([
  [R_X86_64.NONE, 0],
  [R_X86_64[64], 8],
  [R_X86_64.PC64, 8],
  [R_X86_64.PC32, 4],
  [R_X86_64.PLT32, 4],
  [R_X86_64[32], 4],
  [R_X86_64['32S'], 4],
  [R_X86_64.GOT32, 4],
  [R_X86_64.GOTPCREL, 4],
  [R_X86_64.GOTPCRELX, 4],
  [R_X86_64.REX_GOTPCRELX, 4],
  [R_X86_64[16], 2],
  [R_X86_64.PC16, 2],
  [R_X86_64[8], 1],
  [R_X86_64.PC8, 1],
]);

/** Whether the value that is written is relative to the place that is written. */
export function isPcRelative(type: number): boolean {
  return (
    type === R_X86_64.PC32 ||
    type === R_X86_64.PLT32 ||
    type === R_X86_64.PC64 ||
    type === R_X86_64.PC16 ||
    type === R_X86_64.PC8
  );
}
