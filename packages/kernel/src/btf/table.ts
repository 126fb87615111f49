// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';
import type { BtfEnumerator, BtfField, BtfKind, BtfParameter, BtfPlacement, BtfType } from './types.ts';

// struct btf_header and struct btf_type: include/uapi/linux/btf.h.
const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_SIZE = 24;
const TYPE_SIZE = 12;
const POINTS_TO_UNION = 1;
const INT_SIGNED = 1;

/** For each BTF_KIND_*: its name here, and the bytes after struct btf_type, fixed and for each of `vlen`. */
const KINDS: readonly { readonly kind: BtfKind; readonly fixed: number; readonly each: number }[] = [
  { kind: 'void', fixed: 0, each: 0 },
  { kind: 'int', fixed: 4, each: 0 },
  { kind: 'pointer', fixed: 0, each: 0 },
  { kind: 'array', fixed: 12, each: 0 },
  { kind: 'struct', fixed: 0, each: 12 },
  { kind: 'union', fixed: 0, each: 12 },
  { kind: 'enum', fixed: 0, each: 8 },
  { kind: 'forward', fixed: 0, each: 0 },
  { kind: 'typedef', fixed: 0, each: 0 },
  { kind: 'volatile', fixed: 0, each: 0 },
  { kind: 'const', fixed: 0, each: 0 },
  { kind: 'restrict', fixed: 0, each: 0 },
  { kind: 'function', fixed: 0, each: 0 },
  { kind: 'prototype', fixed: 0, each: 8 },
  { kind: 'variable', fixed: 4, each: 0 },
  { kind: 'section', fixed: 0, each: 12 },
  { kind: 'float', fixed: 0, each: 0 },
  { kind: 'declaration-tag', fixed: 4, each: 0 },
  { kind: 'type-tag', fixed: 0, each: 0 },
  { kind: 'enum', fixed: 0, each: 12 },
];
const ENUM64 = 19;

/**
 * The records of one `.BTF` section. A module's section continues that of its kernel: its first type and
 * the first byte of its strings are numbered where those of the kernel end.
 */
export class BtfTable {
  /** One more than the number of the last type. */
  readonly count: number;
  readonly #base: BtfTable | undefined;
  readonly #firstType: number;
  readonly #firstString: number;
  readonly #view: DataView;
  readonly #strings: Buffer;
  /** Offset of each record of this section in `#view`. */
  readonly #offsets: Uint32Array;
  /** Of this section alone; made for a kind when it is asked for. */
  readonly #names = new Map<BtfKind, Map<string, number[]>>();

  /** @throws KernelError BTF_BAD_HEADER, BTF_BAD_TYPE */
  constructor(section: Uint8Array, base?: BtfTable) {
    const { types, strings } = split(section);
    this.#base = base;
    this.#firstType = base?.count ?? 1;
    this.#firstString = base?.stringEnd ?? 0;
    this.#view = new DataView(types.buffer, types.byteOffset, types.byteLength);
    this.#strings = Buffer.from(strings.buffer, strings.byteOffset, strings.byteLength);
    this.#offsets = indexTypes(this.#view);
    this.count = this.#firstType + this.#offsets.length;
  }

  /** The offset that the strings of a module continue with. */
  get stringEnd(): number {
    return this.#firstString + this.#strings.length;
  }

  /** The numbers of all types of a kind and name. @throws KernelError BTF_BAD_STRING */
  named(name: string, kind: BtfKind): number[] {
    let names = this.#names.get(kind);
    if (names === undefined) {
      names = this.#indexNames(kind);
      this.#names.set(kind, names);
    }
    return [...(this.#base?.named(name, kind) ?? []), ...(names.get(name) ?? [])];
  }

  #indexNames(kind: BtfKind): Map<string, number[]> {
    const names = new Map<string, number[]>();
    for (let i = 0; i < this.#offsets.length; i++) {
      const offset = this.#offsets[i] ?? 0;
      if (KINDS[kindAt(this.#view, offset)]?.kind !== kind) continue;
      const name = this.string(this.#view.getUint32(offset, true));
      const ids = names.get(name);
      if (ids === undefined) names.set(name, [this.#firstType + i]);
      else ids.push(this.#firstType + i);
    }
    return names;
  }

  /** Decodes a type. @throws KernelError BTF_BAD_TYPE, BTF_BAD_STRING */
  type(id: number): BtfType {
    if (id === 0) return { kind: 'void' };
    if (id < this.#firstType && this.#base !== undefined) return this.#base.type(id);
    const offset = this.#offsets[id - this.#firstType];
    if (offset === undefined) throw new KernelError('BTF_BAD_TYPE', `there is no type ${id}`);
    return this.#decode(offset);
  }

  /** The string at an offset. @throws KernelError BTF_BAD_STRING */
  string(offset: number): string {
    if (offset < this.#firstString && this.#base !== undefined) return this.#base.string(offset);
    const begin = offset - this.#firstString;
    const end = begin < 0 || begin >= this.#strings.length ? -1 : this.#strings.indexOf(0, begin);
    if (end < 0) throw new KernelError('BTF_BAD_STRING', `there is no string at ${offset}`);
    return this.#strings.toString('latin1', begin, end);
  }

  #decode(offset: number): BtfType {
    const u32 = (at: number): number => this.#view.getUint32(offset + at, true);
    const name = this.string(u32(0));
    const info = u32(4);
    const sizeOrType = u32(8);
    const flag = info >>> 31 === 1;
    const code = kindAt(this.#view, offset);
    const kind = KINDS[code]?.kind ?? 'void';
    switch (kind) {
      case 'void':
        throw new KernelError('BTF_BAD_TYPE', 'a record is of no kind', { place: { offset } });
      case 'int':
        return { kind, name, size: sizeOrType, signed: ((u32(12) >>> 24) & INT_SIGNED) !== 0 };
      case 'float':
        return { kind, name, size: sizeOrType };
      case 'pointer':
      case 'volatile':
      case 'const':
      case 'restrict':
        return { kind, to: sizeOrType };
      case 'typedef':
      case 'type-tag':
        return { kind, name, to: sizeOrType };
      case 'array':
        return { kind, element: u32(12), count: u32(20) };
      case 'struct':
      case 'union':
        return { kind, name, size: sizeOrType, members: this.#members(offset, flag) };
      case 'enum':
        return { kind, name, size: sizeOrType, values: this.#enumerators(offset, code, flag) };
      case 'forward':
        return { kind, name, of: info >>> 31 === POINTS_TO_UNION ? 'union' : 'struct' };
      case 'function':
        return { kind, name, prototype: sizeOrType };
      case 'prototype':
        return { kind, returns: sizeOrType, parameters: this.#parameters(offset) };
      case 'variable':
        return { kind, name, type: sizeOrType };
      case 'section':
        return { kind, name, size: sizeOrType, variables: this.#placements(offset) };
      case 'declaration-tag':
        return { kind, name, of: sizeOrType, component: this.#view.getInt32(offset + 12, true) };
    }
  }

  /** With the flag, the upper byte of a member's offset is the size of a bit-field (BTF_MEMBER_BITFIELD_SIZE). */
  #members(offset: number, flag: boolean): BtfField[] {
    return this.#each(offset, 12, (at) => {
      const place = this.#view.getUint32(at + 8, true);
      return {
        name: this.string(this.#view.getUint32(at, true)),
        type: this.#view.getUint32(at + 4, true),
        bitOffset: flag ? place & 0xffffff : place,
        bitSize: flag ? place >>> 24 : 0,
      };
    });
  }

  /** With the flag, the values are signed. */
  #enumerators(offset: number, code: number, signed: boolean): BtfEnumerator[] {
    const view = this.#view;
    return this.#each(offset, KINDS[code]?.each ?? 0, (at) => {
      const bits = BigInt(view.getUint32(at + 4, true));
      const wide = code === ENUM64 ? (BigInt(view.getUint32(at + 8, true)) << 32n) | bits : bits;
      const value = signed ? BigInt.asIntN(code === ENUM64 ? 64 : 32, wide) : wide;
      return { name: this.string(view.getUint32(at, true)), value };
    });
  }

  #parameters(offset: number): BtfParameter[] {
    return this.#each(offset, 8, (at) => ({
      name: this.string(this.#view.getUint32(at, true)),
      type: this.#view.getUint32(at + 4, true),
    }));
  }

  #placements(offset: number): BtfPlacement[] {
    return this.#each(offset, 12, (at) => ({
      type: this.#view.getUint32(at, true),
      offset: this.#view.getUint32(at + 4, true),
      size: this.#view.getUint32(at + 8, true),
    }));
  }

  #each<T>(offset: number, size: number, decode: (at: number) => T): T[] {
    const length = this.#view.getUint32(offset + 4, true) & 0xffff;
    return Array.from({ length }, (_, i) => decode(offset + TYPE_SIZE + i * size));
  }
}

/** Cuts a section into its records and its strings. */
function split(section: Uint8Array): { types: Uint8Array; strings: Uint8Array } {
  const fail = (reason: string): KernelError => new KernelError('BTF_BAD_HEADER', reason);
  if (section.length < HEADER_SIZE) throw fail(`the section has ${section.length} bytes`);
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  if (view.getUint16(0, true) !== MAGIC) throw fail('the section does not begin with the mark of BTF');
  if (view.getUint8(2) !== VERSION) throw fail(`the version is ${view.getUint8(2)}`);
  const headerSize = view.getUint32(4, true);
  if (headerSize < HEADER_SIZE || headerSize > section.length)
    throw fail(`the header has ${headerSize} bytes`);
  const part = (at: number, what: string): Uint8Array => {
    const begin = headerSize + view.getUint32(at, true);
    const end = begin + view.getUint32(at + 4, true);
    if (end > section.length)
      throw fail(`the ${what} end at ${end}, the section has ${section.length} bytes`);
    return section.subarray(begin, end);
  };
  const types = part(8, 'types');
  const strings = part(16, 'strings');
  if (strings.length > 0 && strings.at(-1) !== 0) throw fail('the last string has no end');
  return { types, strings };
}

/** Finds where each record begins. Their sizes follow from their kinds, so an unknown kind ends all reading. */
function indexTypes(view: DataView): Uint32Array {
  const offsets = new Uint32Array(Math.floor(view.byteLength / TYPE_SIZE));
  let count = 0;
  for (let at = 0; at < view.byteLength; ) {
    const fail = (reason: string): KernelError =>
      new KernelError('BTF_BAD_TYPE', `record ${count + 1}: ${reason}`, { place: { offset: at } });
    if (at + TYPE_SIZE > view.byteLength) throw fail('it reaches past the end of the types');
    const code = kindAt(view, at);
    const shape = KINDS[code];
    if (shape === undefined || code === 0) throw fail(`its kind ${code} is not known`);
    const size = TYPE_SIZE + shape.fixed + shape.each * (view.getUint32(at + 4, true) & 0xffff);
    if (at + size > view.byteLength) throw fail('it reaches past the end of the types');
    offsets[count++] = at;
    at += size;
  }
  return offsets.subarray(0, count);
}

function kindAt(view: DataView, offset: number): number {
  return (view.getUint32(offset + 4, true) >>> 24) & 0x1f;
}
