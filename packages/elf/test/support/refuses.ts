// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { type ElfCode, ElfError } from '../../src/index.ts';

/** Runs something that must throw an ElfError with that code and gives the error. */
export function refuses(code: ElfCode, action: () => unknown): ElfError {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof ElfError, `expected ${code}, got ${String(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

/** As `refuses`, for what is wrong with the bytes of a file: the error says where. */
export function refusesAt(code: ElfCode, offset: number, action: () => unknown): void {
  assert.equal(refuses(code, action).place.offset, offset);
}
