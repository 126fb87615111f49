// SPDX-License-Identifier: GPL-2.0-or-later

// Fuzz targets of the readers. Run one alone for longer: node packages/kernel/test/fuzz.ts NAME [runs] [seed]
//
// Each run takes a good file, changes some bytes, numbers or ranges of it and reads all that can be read.
// Nothing but UptideError may be thrown. The generator has a fixed seed, so a run that fails does so again.

import { UptideError } from '@uptide/base';
import { address } from '@uptide/elf';
import { readBtf } from '../src/btf/btf.ts';
import { findPayload } from '../src/image/bzimage.ts';
import { imageOf } from '../src/image/image.ts';
import { decodeKallsyms } from '../src/image/kallsyms.ts';
import { parseSymbols, serialiseSymbols } from '../src/image/symbol-file.ts';
import { KallsymsTable } from '../src/image/symbol-table.ts';
import { readModinfo } from '../src/modules/modinfo.ts';
import { stripSignature } from '../src/modules/signature.ts';
import { parseSymvers } from '../src/symvers/symvers.ts';
import { BtfWriter, KIND } from './support/btf-writer.ts';
import { kernelSections, writeBootImage, writeImage } from './support/image-writer.ts';
import {
  LAYOUTS,
  regionsOf,
  sorted,
  TEXT_ADDRESS,
  TEXT_SYMBOLS,
  writeKallsyms,
} from './support/kallsyms-writer.ts';
import { writeModule, writeModuleFile, writeSignature } from './support/module-writer.ts';

/** A reader with files that it accepts. */
interface Target {
  readonly seeds: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => void;
}

/** What a fuzz run did; a mutator that only ever breaks files tests little. */
export interface FuzzResult {
  readonly accepted: number;
  readonly codes: ReadonlySet<string>;
}

const symbols = sorted([
  ...TEXT_SYMBOLS,
  ...Array.from({ length: 300 }, (_, i) => ({ address: TEXT_ADDRESS + 8 * i, type: 't', name: `name_${i}` })),
]);
const tables = Object.values(LAYOUTS).map((layout) => writeKallsyms(symbols, layout).bytes);

const banner = Buffer.from('Linux version 6.1.0 (builder@host) #1 SMP\n\0');

export const TARGETS: Readonly<Record<string, Target>> = {
  bzimage: {
    seeds: [writeBootImage(Buffer.from('1f8b0800000000000000', 'hex'), 100)],
    read: (bytes) => void findPayload(bytes),
  },
  kallsyms: {
    seeds: tables,
    read: (bytes) => readAll(new KallsymsTable(decodeKallsyms(regionsOf(bytes)))),
  },
  'symbol file': {
    seeds: tables
      .slice(0, 1)
      .map((bytes) => serialiseSymbols(new KallsymsTable(decodeKallsyms(regionsOf(bytes))))),
    read: (bytes) => readAll(parseSymbols(bytes)),
  },
  image: {
    seeds: tables.slice(0, 2).map((bytes) => writeImage(kernelSections(Buffer.concat([bytes, banner])))),
    read: (bytes) => {
      const image = imageOf(bytes);
      for (const section of image.sections) {
        image.section(section.name);
        image.read(section.address, section.size + 1);
      }
      readAll(image.symbols);
      if (image.banner === '') throw new Error('an empty banner was accepted');
    },
  },
  btf: {
    seeds: [writeTypes()],
    read: (bytes) => {
      const types = readBtf(bytes);
      for (let id = 0; id < types.count; id++) {
        attempt(() => void types.type(id));
        attempt(() => void types.sizeOf(id));
      }
      attempt(() => void types.members('outer'));
      attempt(() => void types.memberOffset('outer', 'deep'));
      attempt(() => void types.enumerator('state', 'ON'));
    },
  },
  symvers: {
    seeds: [
      Buffer.from('0x0b26b8c8\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x0000ffff\tb\tfs/x-y\tEXPORT_SYMBOL_GPL\tNS\n'),
    ],
    read: (bytes) => void parseSymvers(Buffer.from(bytes).toString('latin1')),
  },
  signature: {
    seeds: [Buffer.concat([writeModuleFile(['name=a']), writeSignature(Buffer.alloc(30, 0x30))])],
    read: (bytes) => void stripSignature(bytes),
  },
  modinfo: {
    seeds: [Buffer.from('name=a\0\0depends=b,c\0vermagic=6.1.0 SMP\0')],
    read: (bytes) => void readModinfo(writeModule({ '.modinfo': bytes })),
  },
};

/** Runs one target. */
export function fuzz(name: string, runs: number, seed: number): FuzzResult {
  const target = TARGETS[name];
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const random = generator(seed);
  const codes = new Set<string>();
  let accepted = 0;
  for (let i = 0; i < runs; i++) {
    let bytes = target.seeds[i % target.seeds.length] ?? new Uint8Array(0);
    for (let changes = 1 + random(3); changes > 0; changes--) bytes = mutate(bytes, random);
    try {
      target.read(bytes);
      accepted++;
    } catch (error) {
      if (!(error instanceof UptideError))
        throw new Error(`run ${i} of ${name}, seed ${seed}`, { cause: error });
      codes.add(error.code);
    }
  }
  return { accepted, codes };
}

function readAll(table: Pick<KallsymsTable, 'symbols' | 'named' | 'at' | 'covering'>): void {
  for (const symbol of table.symbols.slice(0, 20)) {
    table.named(symbol.name);
    table.at(symbol.address);
    table.covering(address(symbol.address + 1));
  }
}

/** What one look-up throws must not keep the others from being tried. */
function attempt(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof UptideError)) throw error;
  }
}

function writeTypes(): Uint8Array {
  const writer = new BtfWriter();
  const int = writer.int('int', 4, true);
  const inner = writer.struct('', 8, [{ name: 'deep', type: int, bitOffset: 32 }]);
  const name = writer.add(KIND.TYPEDEF, 'inner_t', writer.add(KIND.CONST, '', inner));
  writer.struct('outer', 16, [
    { name: 'first', type: writer.array(int, 2), bitOffset: 0 },
    { name: '', type: name, bitOffset: 64 },
  ]);
  writer.add(KIND.ENUM, 'state', 4, { length: 1, rest: [writer.string('ON'), 1] });
  writer.add(KIND.FUNC, 'f', writer.add(KIND.FUNC_PROTO, '', int, { length: 1, rest: [0, int] }));
  return writer.end();
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

const INTERESTING = [0, 1, 2, 3, 4, 7, 8, 12, 24, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x7fffffff, 0xffffffff];

/** One change of a copy of `bytes`. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const place = (): number => random(Math.max(1, copy.length));
  switch (random(6)) {
    case 0:
      copy[place()] = random(256);
      return copy;
    case 1: {
      const at = place();
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      return copy;
    }
    case 2:
    case 3: {
      const at = place() & ~3;
      if (at + 4 <= copy.length) view.setUint32(at, INTERESTING[random(INTERESTING.length)] ?? 0, true);
      return copy;
    }
    case 4: {
      const from = place();
      copy.copyWithin(place(), from, from + 1 + random(64));
      return copy;
    }
    default:
      return random(4) === 0 ? copy.subarray(0, place()) : copy;
  }
}

if (process.argv[1] === import.meta.filename) {
  const [name = 'kallsyms', runs = '10000', seed = '1'] = process.argv.slice(2);
  const { accepted, codes } = fuzz(name, Number(runs), Number(seed));
  process.stdout.write(`${name}: ${accepted} of ${runs} accepted; ${[...codes].sort().join(', ')}\n`);
}
