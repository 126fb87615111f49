// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findNearMiss } from '../src/affected/near-miss.ts';
import type { Hunk } from '../src/patch/model.ts';
import { gitDiff, parse } from './support/patches.ts';

function hunk(oldStart = 1): Hunk {
  const [found] =
    parse(gitDiff().replace('@@ -1,3 +1,3', `@@ -${oldStart},3 +${oldStart},3`)).patches[0]?.changes[0]
      ?.hunks ?? [];
  assert.ok(found);
  return found;
}

describe('the nearest place of a hunk', () => {
  it('is where most lines are equal', () => {
    const miss = findNearMiss(hunk(), 'one\nx\ny\none\ntwo\nz\n');
    assert.deepEqual(miss, {
      line: 4,
      equal: 2,
      expectedLines: 3,
      differs: { line: 6, expected: 'three', found: 'z' },
      applied: false,
    });
  });
  it('is the one nearest to the line of the hunk when several are equally good', () => {
    const file = 'one\nx\nthree\n\n\n\n\none\nx\nthree\n';
    assert.equal(findNearMiss(hunk(1), file)?.line, 1);
    assert.equal(findNearMiss(hunk(9), file)?.line, 8);
  });
  it('may reach over the end of the file', () => {
    const miss = findNearMiss(hunk(), 'a\none\ntwo');
    assert.deepEqual(miss?.differs, { line: 4, expected: 'three', found: undefined });
  });
  it('may begin before the start of the file', () => {
    assert.equal(findNearMiss(hunk(), 'two\nthree\n')?.line, 1);
  });
  it('says when the hunk was applied before', () => {
    assert.equal(findNearMiss(hunk(), 'one\nTWO\nthree\n')?.applied, true);
  });
  it('is none when nothing is equal, or when the two are too large to compare', () => {
    assert.equal(findNearMiss(hunk(), 'x\ny\n'), undefined);
    assert.equal(findNearMiss(hunk(), 'one\n'.repeat(7_000_000)), undefined);
  });
});
