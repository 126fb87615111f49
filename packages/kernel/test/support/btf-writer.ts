// SPDX-License-Identifier: GPL-2.0-or-later
import { ByteWriter } from './bytes.ts';

/** BTF_KIND_* of include/uapi/linux/btf.h. */
export const KIND = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

/** A member as it is written: bits from the start, and the size of a bit-field. */
export interface WrittenMember {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  readonly bitSize?: number;
}

/** Writes `.BTF` sections, type by type; each method gives the number of the type it has added. */
export class BtfWriter {
  readonly #types = new ByteWriter();
  readonly #strings = new ByteWriter();
  readonly #firstString: number;
  #next: number;

  /** @param base what a module's section continues. */
  constructor(base?: { readonly count: number; readonly stringEnd: number }) {
    this.#next = base?.count ?? 1;
    this.#firstString = base?.stringEnd ?? 0;
    if (base === undefined) this.#strings.u8(0);
  }

  get count(): number {
    return this.#next;
  }

  get stringEnd(): number {
    return this.#firstString + this.#strings.length;
  }

  /** Any record: what stands behind struct btf_type is given as 32-bit numbers. */
  add(
    kind: number,
    name: string,
    sizeOrType: number,
    options: { readonly flag?: boolean; readonly length?: number; readonly rest?: readonly number[] } = {},
  ): number {
    const { flag = false, length = 0, rest = [] } = options;
    this.#types
      .u32(this.string(name))
      .u32((flag ? 2 ** 31 : 0) + kind * 2 ** 24 + length)
      .u32(sizeOrType);
    for (const value of rest) this.#types.u32(value);
    return this.#next++;
  }

  string(text: string): number {
    if (text === '') return 0;
    const offset = this.#firstString + this.#strings.length;
    this.#strings.text(`${text}\0`);
    return offset;
  }

  int(name: string, size: number, signed = false): number {
    return this.add(KIND.INT, name, size, { rest: [(signed ? 2 ** 24 : 0) + size * 8] });
  }

  array(element: number, count: number): number {
    return this.add(KIND.ARRAY, '', 0, { rest: [element, element, count] });
  }

  composite(kind: 'struct' | 'union', name: string, size: number, members: readonly WrittenMember[]): number {
    const flag = members.some(({ bitSize }) => bitSize !== undefined);
    const rest = members.flatMap((member) => [
      this.string(member.name),
      member.type,
      member.bitOffset + (member.bitSize ?? 0) * 2 ** 24,
    ]);
    return this.add(kind === 'struct' ? KIND.STRUCT : KIND.UNION, name, size, {
      flag,
      length: members.length,
      rest,
    });
  }

  struct(name: string, size: number, members: readonly WrittenMember[]): number {
    return this.composite('struct', name, size, members);
  }

  end(): Buffer {
    const types = this.#types.end();
    const strings = this.#strings.end();
    const header = new ByteWriter().u16(0xeb9f).u8(1, 0).u32(24);
    header.u32(0).u32(types.length).u32(types.length).u32(strings.length);
    return Buffer.concat([header.end(), types, strings]);
  }
}
