// SPDX-License-Identifier: GPL-2.0-or-later
import type { BtfTypes } from '@uptide/kernel';

/** A member as code sees it: where it is and what is there. */
export interface Field {
  readonly name: string;
  /** Bits from the start of the struct. */
  readonly bit: number;
  /** Bits; 0 for a flexible array. */
  readonly bits: number;
  /** The type in words that mean the same in two compilations. */
  readonly type: string;
}

/** Anonymous members in anonymous members: compilers allow any depth, people write three. */
const MAX_DEPTH = 32;
/** Pointers to pointers to arrays of typedefs: a chain of types longer than this was made to mislead. */
const MAX_CHAIN = 64;

/** The types of one compilation, with their names in words kept. */
export class Shapes {
  readonly types: BtfTypes;
  readonly #names: string[] = [];

  constructor(types: BtfTypes) {
    this.types = types;
  }

  /** The members of a struct or union by offset, those of anonymous members among them. */
  fields(id: number, origin = 0, depth = 0): Field[] {
    const type = this.types.type(id);
    if ((type.kind !== 'struct' && type.kind !== 'union') || depth > MAX_DEPTH) return [];
    return type.members.flatMap((member): Field[] => {
      const bit = origin + member.bitOffset;
      if (member.name === '') return this.fields(this.types.resolve(member.type), bit, depth + 1);
      const bits = member.bitSize > 0 ? member.bitSize : (this.types.sizeOf(member.type) ?? 0) * 8;
      return [{ name: member.name, bit, bits, type: this.typeName(member.type) }];
    });
  }

  /** A type in words. Named structs stand for themselves: their own layouts are compared on their own. */
  typeName(id: number, chain = 0): string {
    const known = this.#names[id];
    if (known !== undefined) return known;
    const made = chain > MAX_CHAIN ? '...' : this.#describe(id, chain + 1);
    this.#names[id] = made;
    return made;
  }

  #describe(id: number, chain: number): string {
    const type = this.types.type(id);
    switch (type.kind) {
      case 'void':
        return 'void';
      case 'pointer':
        return `${this.typeName(type.to, chain)} *`;
      case 'volatile':
      case 'const':
      case 'restrict':
        return `${type.kind} ${this.typeName(type.to, chain)}`;
      case 'type-tag':
        return this.typeName(type.to, chain);
      case 'array':
        return `${this.typeName(type.element, chain)}[${type.count}]`;
      case 'struct':
      case 'union':
      case 'enum':
        return type.name === '' ? `${type.kind} of ${type.size} bytes` : `${type.kind} ${type.name}`;
      case 'prototype': {
        const parameters = type.parameters.map((parameter) => this.typeName(parameter.type, chain));
        return `${this.typeName(type.returns, chain)} (${parameters.join(', ')})`;
      }
      case 'forward':
        return `${type.of} ${type.name}`;
      default:
        return type.name;
    }
  }
}

/** Whether code that knows one of the two can do with the other. */
export function sameFields(before: readonly Field[], after: readonly Field[]): boolean {
  return (
    before.length === after.length &&
    before.every((field, i) => {
      const other = after[i];
      return (
        other !== undefined &&
        field.bit === other.bit &&
        field.bits === other.bits &&
        field.name === other.name &&
        field.type === other.type
      );
    })
  );
}
