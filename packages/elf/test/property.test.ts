// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readObject, STB, writeObject } from '../src/index.ts';
import { arbitraryObject } from './support/arbitrary-object.ts';

const SEED = { seed: 1, numRuns: 300 };

test('what is written reads back as the same object', () => {
  fc.assert(
    fc.property(arbitraryObject, (object) => {
      assert.deepEqual(readObject(writeObject(object)), object);
    }),
    SEED,
  );
});

test('equal objects give equal bytes', () => {
  fc.assert(
    fc.property(arbitraryObject, (object) => {
      const bytes = writeObject(object);
      assert.deepEqual(writeObject(readObject(bytes)), bytes);
      assert.deepEqual(writeObject(structuredClone(object)), bytes);
    }),
    SEED,
  );
});

test('local symbols come first', () => {
  fc.assert(
    fc.property(arbitraryObject, ({ symbols }) => {
      const lastLocal = symbols.findLastIndex(({ bind }) => bind === STB.LOCAL);
      assert.ok(symbols.slice(0, lastLocal).every(({ bind }) => bind === STB.LOCAL));
    }),
    SEED,
  );
});
