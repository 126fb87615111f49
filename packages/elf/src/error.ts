// SPDX-License-Identifier: GPL-2.0-or-later
import { type Code, type ErrorDetail, UptideError } from '@uptide/base';

/** The codes of this room; the catalogue says what each means. */
export type ElfCode = Extract<Code, `ELF_${string}`>;

/** What is wrong with an object or image. `place.offset` counts bytes from the start of the file. */
export class ElfError extends UptideError {
  override readonly code: ElfCode;

  constructor(code: ElfCode, reason: string, detail: ErrorDetail = {}) {
    super(code, reason, detail);
    this.code = code;
  }
}

/** An error about the bytes at `offset` of the file. */
export function malformed(code: ElfCode, offset: number, reason: string): ElfError {
  return new ElfError(code, reason, { place: { offset } });
}
