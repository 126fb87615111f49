// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { type Code, UptideError } from '@uptide/base';

/** Runs something that must throw an error with that code. */
export function throwsCode(code: Code, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof UptideError && error.code === code, code);
}

/** Awaits something that must be rejected with an error with that code. */
export async function rejectsCode(code: Code, action: Promise<unknown>): Promise<void> {
  await assert.rejects(action, (error) => error instanceof UptideError && error.code === code, code);
}
