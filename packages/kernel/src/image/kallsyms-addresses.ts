// SPDX-License-Identifier: GPL-2.0-or-later

// The addresses of kallsyms have had four forms, and have stood at two places.
//
//   absolute         a u64 for each symbol (CONFIG_KALLSYMS_BASE_RELATIVE off; gone with "kallsyms: get rid
//                    of code for absolute kallsyms")
//   relative         a u32 for each symbol, added to relative_base
//   percpu-absolute  an s32 for each symbol: not negative, it is the address itself (x86-64 linked its per-CPU
//                    variables at 0); negative, the address is relative_base - 1 - offset
//                    (CONFIG_KALLSYMS_ABSOLUTE_PERCPU, gone when x86-64 stopped to link them at 0)
//   place-relative   an s32 for each symbol, added to the address of the entry itself (commit a081b5789255,
//                    "kallsyms: Get rid of kallsyms relative base")
//
// Before num_syms they end right at it; after token_index they begin right at its end; relative_base
// follows its offsets. So there are seven readings, and each costs one pass that ends at the first entry
// that is out of order.

/** One reading of the addresses. */
export interface AddressReading {
  readonly form: 'absolute' | 'relative' | 'percpu-absolute' | 'place-relative';
  readonly place: 'before num_syms' | 'after token_index';
  /** Signed, in the order of the symbols. */
  readonly addresses: Float64Array;
}

/** What the search must know of the tables found so far; offsets are from the start of the region. */
export interface KnownTables {
  readonly count: number;
  readonly alignment: number;
  readonly countOffset: number;
  /** Where token_index ends. */
  readonly indexEnd: number;
}

/** A section that may hold the tables. */
export interface AddressRegion {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Every reading of the addresses that lies inside the region and is sorted. */
export function readAddresses(region: AddressRegion, tables: KnownTables): AddressReading[] {
  const { count, alignment, countOffset } = tables;
  const up = (offset: number): number => Math.ceil(offset / alignment) * alignment;
  const after = up(tables.indexEnd);
  const baseBefore = countOffset - 8;
  const readings: AddressReading[] = [];
  const add = (
    place: AddressReading['place'],
    form: AddressReading['form'],
    offset: number,
    baseOffset?: number,
  ): void => {
    const addresses = readSorted(region, count, form, offset, baseOffset);
    if (addresses !== undefined) readings.push({ form, place, addresses });
  };
  for (const form of ['percpu-absolute', 'relative'] as const) {
    add('before num_syms', form, baseBefore - up(4 * count), baseBefore);
    add('after token_index', form, after, up(after + 4 * count));
  }
  add('before num_syms', 'absolute', countOffset - 8 * count);
  add('after token_index', 'absolute', after);
  add('after token_index', 'place-relative', after);
  return readings;
}

/** Reads one form; undefined when it leaves the region, an address is not canonical, or they are not sorted. */
function readSorted(
  region: AddressRegion,
  count: number,
  form: AddressReading['form'],
  offset: number,
  baseOffset: number | undefined,
): Float64Array | undefined {
  const { bytes } = region;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = form === 'absolute' ? 8 : 4;
  if (offset < 0 || offset + width * count > bytes.length) return undefined;
  let base = 0;
  if (baseOffset !== undefined) {
    if (baseOffset < 0 || baseOffset + 8 > bytes.length) return undefined;
    base = readSigned64(view, baseOffset);
  }
  const at = (i: number): number => {
    const entry = offset + width * i;
    if (form === 'absolute') return readSigned64(view, entry);
    if (form === 'relative') return base + view.getUint32(entry, true);
    const value = view.getInt32(entry, true);
    if (form === 'place-relative') return region.address + entry + value;
    return value >= 0 ? value : base - 1 - value;
  };
  const addresses = new Float64Array(count);
  for (let i = 0, previous = 0; i < count; i++) {
    const address = at(i);
    if (!isCanonical(address) || compareAddresses(previous, address) > 0) return undefined;
    addresses[i] = previous = address;
  }
  return addresses;
}

function readSigned64(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}

/** Bits 47 to 63 are equal on x86-64 with four-level paging, which every kernel text address satisfies. */
function isCanonical(address: number): boolean {
  return address >= -(2 ** 47) && address < 2 ** 47;
}

/** Compares two addresses as the unsigned numbers that they are: a negative one is in the upper half. */
export function compareAddresses(a: number, b: number): number {
  if (a < 0 === b < 0) return a - b;
  return a < 0 ? 1 : -1;
}
