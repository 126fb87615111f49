// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { type Code, UptideError } from '@uptide/base';

/** Asserts that `work` fails with that code, and returns the error. */
export function fails(code: Code, work: () => unknown): UptideError {
  try {
    work();
  } catch (error) {
    return withCode(code, error);
  }
  return assert.fail(`nothing was thrown, and ${code} was expected`);
}

/** The same for a promise. */
export async function failsLater(code: Code, work: () => Promise<unknown>): Promise<UptideError> {
  try {
    await work();
  } catch (error) {
    return withCode(code, error);
  }
  return assert.fail(`nothing was thrown, and ${code} was expected`);
}

function withCode(code: Code, error: unknown): UptideError {
  assert.ok(error instanceof UptideError, String(error));
  assert.equal(error.code, code, error.describe());
  return error;
}
