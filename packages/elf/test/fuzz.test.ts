// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeds, target } from './fuzz/object.fuzz.ts';
import { generator, mutate } from './support/mutate.ts';
import { ASM_SOURCE } from './support/sources.ts';
import { assemble } from './support/tools.ts';

const RUNS = 20_000;

test('mutated objects are read or refused, within bounds', async () => {
  const inputs = [...seeds, await assemble(ASM_SOURCE)];
  const random = generator(1);
  const codes = new Set<string>();
  let accepted = 0;
  for (let run = 0; run < RUNS; run++) {
    let bytes = inputs[random(inputs.length)] ?? new Uint8Array();
    for (let changes = random(4); changes >= 0 && bytes.length > 0; changes--) bytes = mutate(bytes, random);
    const code = target(bytes);
    if (code === undefined) accepted++;
    else codes.add(code);
  }
  // A mutator that only ever breaks files tests little: every check must be reached, and the writer too.
  assert.ok(accepted > 1000, `only ${accepted} inputs were read`);
  assert.deepEqual([...codes].sort(), [
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
  ]);
});
