// SPDX-License-Identifier: GPL-2.0-or-later

// Fuzz target of the reader and the writer. Run alone for longer: node packages/elf/test/fuzz.ts [runs] [seed]
//
// Each run takes a seed object, changes some bytes, fields or ranges of it and reads it. What must hold:
// - nothing but ElfError is thrown;
// - the number of fields read stays in proportion to the file (counted, since a clock would say little);
// - what was read is no more than the file holds: the entries of all tables fit into it side by side;
// - what was read can be written, at most in the size of the file plus alignment, and reads back equal.
// The generator has a fixed seed, so a run that fails does so again.

import assert from 'node:assert/strict';
import { ElfError, type ElfObject, readImage, readObject, writeObject } from '../src/index.ts';
import { rawElf, sample } from './support/raw-elf.ts';

/** What a fuzz run did; a mutator that only ever breaks files tests little. */
export interface FuzzResult {
  readonly runs: number;
  readonly accepted: number;
  readonly codes: ReadonlySet<string>;
}

/** Mulberry32: 32 bits of state, good enough to choose bytes. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const INTERESTING = [
  0, 1, 2, 4, 8, 23, 24, 25, 64, 0x7f, 0xff, 0xff00, 0xff20, 0xfff1, 0xffff, 0x7fffffff, 0xffffffff,
];

/** One change of a copy of `bytes`. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const table = view.byteLength >= 48 ? view.getUint32(40, true) : 0;
  // Half of all changes hit the section headers, where most of the meaning is.
  const place = (): number =>
    random(2) === 0 && table < copy.length ? table + random(copy.length - table) : random(copy.length);
  switch (random(5)) {
    case 0:
      copy[place()] = random(256);
      return copy;
    case 1:
      copy[place()] = (copy[place()] ?? 0) ^ (1 << random(8));
      return copy;
    case 2: {
      const at = place() & ~3;
      if (at + 4 <= copy.length) view.setUint32(at, INTERESTING[random(INTERESTING.length)] ?? 0, true);
      return copy;
    }
    case 3: {
      const length = 1 + random(64);
      copy.copyWithin(place(), place(), place() + length);
      return copy;
    }
    default:
      return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy;
  }
}

const GETTERS = ['getUint8', 'getUint16', 'getUint32', 'getInt32'] as const;

/** Counts the fields that `action` reads of a DataView. */
function countReads(action: () => void): number {
  const originals = GETTERS.map((name) => [name, DataView.prototype[name]] as const);
  let reads = 0;
  for (const [name, original] of originals) {
    DataView.prototype[name] = function counted(this: DataView, offset: number, little?: boolean): number {
      reads++;
      return original.call(this, offset, little);
    };
  }
  try {
    action();
  } finally {
    for (const [name, original] of originals) DataView.prototype[name] = original;
  }
  return reads;
}

/** Bytes that the decoded tables and contents of an object take in a file at least. */
function leastSize(object: ElfObject): number {
  let size = 64 + object.sections.length * 64 + (object.symbols.length - 1) * 24;
  for (const { content } of object.sections) {
    if (content.kind === 'bytes') size += content.bytes.length;
    else if (content.kind === 'relocations') size += content.relocations.length * 24;
    else if (content.kind === 'group') size += (content.members.length + 1) * 4;
  }
  return size;
}

/** One run on one input: the code with which it is refused, or undefined when it is read. */
export function fuzzOne(bytes: Uint8Array): string | undefined {
  let code: string | undefined;
  const read = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ElfError)) throw error;
      assert.equal(typeof error.place.offset, 'number');
      code = error.code;
    }
  };
  let object: ElfObject | undefined;
  const reads = countReads(() => {
    read(() => readImage(bytes));
    code = undefined;
    read(() => (object = readObject(bytes)));
  });
  assert.ok(reads <= 64 + bytes.length, `${reads} reads of ${bytes.length} bytes`);
  if (object === undefined) return code;
  assert.ok(leastSize(object) <= bytes.length, 'more was read than the file holds');
  const written = writeObject(object);
  assert.ok(written.length <= bytes.length + 64 * object.sections.length, 'the written file grew');
  return undefined;
}

/** Runs the target `runs` times; a failure is thrown with the run's number. */
export function fuzz(seeds: readonly Uint8Array[], runs: number, seed: number): FuzzResult {
  const random = generator(seed);
  const codes = new Set<string>();
  let accepted = 0;
  for (let run = 0; run < runs; run++) {
    let bytes: Uint8Array = seeds[random(seeds.length)] ?? new Uint8Array();
    for (let changes = random(4); changes >= 0 && bytes.length > 0; changes--) bytes = mutate(bytes, random);
    let code: string | undefined;
    try {
      code = fuzzOne(bytes);
    } catch (cause) {
      throw new Error(`run ${run} of seed ${seed} failed`, { cause });
    }
    if (code === undefined) accepted++;
    else codes.add(code);
  }
  return { runs, accepted, codes };
}

/** The seed that needs no compiler. */
export const SAMPLE_SEED: Uint8Array = rawElf(sample().file);

if (import.meta.main) {
  const [runs = '1000000', seed = '1'] = process.argv.slice(2);
  console.log(fuzz([SAMPLE_SEED], Number(runs), Number(seed)));
}
