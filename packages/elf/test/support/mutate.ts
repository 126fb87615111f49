// SPDX-License-Identifier: GPL-2.0-or-later

/** Mulberry32: 32 bits of state, good enough to choose bytes. The same seed gives the same numbers. */
export function generator(seed: number): (below: number) => number {
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

/** A copy of an ELF file with one change: a byte, a bit, a field, a moved range, or a cut. */
export function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
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
