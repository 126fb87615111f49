// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXIT, UptideError } from '@uptide/base';
import { failureToJson, formatFailure, toFailure } from '../src/shell/failure.ts';

const system = (code: string): Error => Object.assign(new Error(`${code}: words`), { code });

describe('a failure', () => {
  it('is told with code, place, reason and next step', () => {
    const error = new UptideError('FILE_UNREADABLE', 'no such file', { place: { file: 'a.patch', line: 3 } });
    const failure = toFailure(error, false);
    assert.equal(
      formatFailure(failure),
      `uptide: FILE_UNREADABLE: a.patch:3: no such file\n  next: ${error.remedy}`,
    );
    assert.deepEqual(failureToJson(failure), {
      schema: 1,
      error: {
        code: 'FILE_UNREADABLE',
        place: { file: 'a.patch', line: 3 },
        reason: 'no such file',
        remedy: error.remedy,
        status: EXIT.badInput,
      },
    });
  });
  it('has the code of what the system said', () => {
    assert.equal(toFailure(system('ENOSPC'), false).code, 'DISK_FULL');
    assert.equal(toFailure(system('EDQUOT'), false).code, 'DISK_FULL');
    assert.equal(toFailure(system('EROFS'), false).code, 'FILE_UNWRITABLE');
  });
  it('is a fault of ours when no rule foresees it, with all stacks', () => {
    for (const error of [new TypeError('x'), system('EBADF'), 'a string', undefined]) {
      const failure = toFailure(error, false);
      assert.equal(failure.code, 'INTERNAL');
      assert.equal(failure.status, EXIT.internal);
    }
    const text = formatFailure(toFailure(new Error('outer', { cause: new Error('inner') }), false));
    assert.match(text, /outer.*caused by: Error: inner\n {4}at /s);
  });
  it('is the interruption, whatever the interrupted step complained of', () => {
    const failure = toFailure(new UptideError('TOOL_FAILED', 'gcc died'), true);
    assert.deepEqual([failure.code, failure.status], ['INTERRUPTED', 130]);
  });
});
