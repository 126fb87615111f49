// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, SAMPLE_SEED } from './fuzz.ts';
import { ASM_SOURCE } from './support/sources.ts';
import { assemble } from './support/tools.ts';

test('mutated objects are read or refused, within bounds', async () => {
  const { accepted, codes } = fuzz([SAMPLE_SEED, await assemble(ASM_SOURCE)], 20_000, 1);
  assert.ok(accepted > 1000, `only ${accepted} inputs were read`);
  const expected = [
    'ELF_BAD_GROUP',
    'ELF_BAD_HEADER',
    'ELF_BAD_RELOCATION',
    'ELF_BAD_SECTION',
    'ELF_BAD_STRING',
    'ELF_BAD_SYMBOL',
    'ELF_NOT_ELF64',
    'ELF_TOO_LARGE',
    'ELF_TRUNCATED',
    'ELF_VALUE_RANGE',
  ];
  assert.deepEqual([...codes].sort(), expected);
});
