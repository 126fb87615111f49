// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UptideError } from '@uptide/base';
import { seeds, target } from './fuzz/object-way.fuzz.ts';

const RUNS = 400;

/** Mulberry32: the same seed gives the same numbers. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('a damaged object gives a module, findings, or an error with a code', () => {
  const [patched] = seeds;
  assert.ok(patched !== undefined && target(patched) !== undefined, 'the patched object gives a module');
  const random = generator(7);
  const codes = new Set<string>();
  let modules = 0;
  for (let run = 0; run < RUNS; run++) {
    const input = Buffer.from(seeds[run % seeds.length] ?? []);
    for (let change = random(4); change >= 0; change--) {
      const at = random(input.length);
      if (random(2) === 0) input[at] = random(256);
      else input[at] = (input[at] ?? 0) ^ (1 << random(8));
    }
    try {
      if (target(input) !== undefined) modules++;
    } catch (error) {
      if (!(error instanceof UptideError) || error.code === 'INTERNAL') throw error;
      codes.add(error.code);
    }
  }
  // A mutator that only ever breaks files tests little.
  assert.ok(modules > RUNS / 20, `only ${modules} inputs gave a module`);
  assert.ok(
    [...codes].some((code) => code.startsWith('OBJECT_')),
    [...codes].join(' '),
  );
});
