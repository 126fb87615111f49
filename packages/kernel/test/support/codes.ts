// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { type Code, UptideError } from '@uptide/base';

/** Asserts that the work is refused with a code of the catalogue. */
export function assertCode(code: Code, work: () => unknown): void {
  assert.throws(work, (error) => hasCode(error, code));
}

/** Asserts that the promise is rejected with a code of the catalogue. */
export async function assertRejects(code: Code, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => hasCode(error, code));
}

function hasCode(error: unknown, code: Code): boolean {
  if (!(error instanceof UptideError)) throw error;
  assert.equal(error.code, code, error.describe());
  return true;
}
