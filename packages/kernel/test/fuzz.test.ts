// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fuzz, TARGETS } from './fuzz.ts';

const RUNS = 300;

describe('changed files are read or refused with a code', () => {
  for (const name of Object.keys(TARGETS)) {
    test(name, () => {
      const { codes } = fuzz(name, RUNS, 1);
      assert.ok(codes.size > 0, 'no change was ever refused');
    });
  }

  test('and the files before the change are accepted', () => {
    for (const [name, { seeds, read }] of Object.entries(TARGETS)) {
      for (const seed of seeds) assert.doesNotThrow(() => read(seed), name);
    }
  });
});
