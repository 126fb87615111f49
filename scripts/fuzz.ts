// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Runs the fuzz targets: `node scripts/fuzz.ts [SECONDS [NAME]]`, a minute each by default. A target is a
 * file `packages/<room>/test/fuzz/<name>.fuzz.ts` that exports `seeds` and `target(bytes)`; it may throw an
 * UptideError with any code but INTERNAL. Everything else it throws is a fault, and so is a run that takes
 * longer than MAX_RUN_MILLISECONDS. The input of a fault is left in a file, and the number that starts the
 * chain of inputs is printed, so that a run can be repeated with UPTIDE_FUZZ_SEED.
 */
import { globSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { UptideError } from '@uptide/base';

interface FuzzTarget {
  readonly seeds: readonly Uint8Array[];
  readonly target: (input: Uint8Array) => void;
}

/** No reader has work for this long with an input of a few kilobytes. */
const MAX_RUN_MILLISECONDS = 5000;
const MAX_CHANGES = 8;
/** Values at the edges of the fields that formats have. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

const root = resolve(import.meta.dirname, '..');
const [seconds = '60', only = ''] = process.argv.slice(2);
const start = Number(process.env.UPTIDE_FUZZ_SEED ?? Date.now() % 0x7fff_ffff);
let faults = 0;
for (const path of globSync('packages/*/test/fuzz/*.fuzz.ts', { cwd: root }).sort()) {
  const name = basename(path, '.fuzz.ts');
  if (only !== '' && only !== name) continue;
  const module: FuzzTarget = await import(join(root, path));
  faults += fuzz(name, module, Number(seconds) * 1000);
}
console.log(`${faults} faults, seed ${start}`);
process.exitCode = faults === 0 ? 0 : 1;

function fuzz(name: string, { seeds, target }: FuzzTarget, milliseconds: number): number {
  const random = generator(start);
  const end = performance.now() + milliseconds;
  let runs = 0;
  let found = 0;
  while (performance.now() < end && found < 10) {
    const input = mutate(seeds, random);
    const before = performance.now();
    const fault =
      tryOne(target, input) ?? (performance.now() - before > MAX_RUN_MILLISECONDS ? 'slow' : undefined);
    runs++;
    if (fault === undefined) continue;
    const file = join(tmpdir(), `uptide-${name}-${start}-${runs}.bin`);
    writeFileSync(file, input);
    console.log(`${name}: ${file}:`, fault);
    found++;
  }
  console.log(`${name}: ${runs} inputs, ${found} faults`);
  return found;
}

function tryOne(target: (input: Uint8Array) => void, input: Uint8Array): unknown {
  try {
    target(input);
  } catch (error) {
    if (!(error instanceof UptideError) || error.code === 'INTERNAL') return error;
  }
  return undefined;
}

/** A seed with a few changes: bytes, fields set to edges, pieces copied, removed or cut off. */
function mutate(seeds: readonly Uint8Array[], random: (bound: number) => number): Uint8Array {
  let bytes = Buffer.from(seeds[random(seeds.length)] ?? []);
  for (let change = random(MAX_CHANGES) + 1; change > 0; change--) {
    if (bytes.length < 8) return bytes;
    const at = random(bytes.length - 7);
    const length = random(Math.min(64, bytes.length - at));
    switch (random(7)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        bytes.writeUInt32LE(EDGES[random(EDGES.length)] ?? 0, at);
        break;
      case 3:
        bytes.writeUInt16LE((EDGES[random(EDGES.length)] ?? 0) & 0xffff, at);
        break;
      case 4:
        bytes.copy(bytes, random(bytes.length), at, at + length);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      default:
        bytes = bytes.subarray(0, bytes.length - length);
    }
  }
  return bytes;
}

/** Marsaglia's xorshift32; `random(n)` is below n. */
function generator(seed: number): (bound: number) => number {
  let state = seed === 0 ? 1 : seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
