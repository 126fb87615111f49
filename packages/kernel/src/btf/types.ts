// SPDX-License-Identifier: GPL-2.0-or-later
import type { Btf, BtfMember } from '../model.ts';

/** A member with what only bit-fields have. */
export interface BtfField extends BtfMember {
  /** Bits of a bit-field; 0 for an ordinary member. */
  readonly bitSize: number;
}

/** A constant of an enum. */
export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

/** A variable's place in a section (BTF_KIND_DATASEC). */
export interface BtfPlacement {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** A parameter of a function; one without name and with type 0 at the end stands for `...`. */
export interface BtfParameter {
  readonly name: string;
  readonly type: number;
}

/** A type; other types are named by their number, 0 being `void` (Documentation/bpf/btf.rst). */
export type BtfType =
  | { readonly kind: 'void' }
  | { readonly kind: 'int'; readonly name: string; readonly size: number; readonly signed: boolean }
  | { readonly kind: 'float'; readonly name: string; readonly size: number }
  | { readonly kind: 'pointer' | 'volatile' | 'const' | 'restrict'; readonly to: number }
  | { readonly kind: 'typedef' | 'type-tag'; readonly name: string; readonly to: number }
  | { readonly kind: 'array'; readonly element: number; readonly count: number }
  | {
      readonly kind: 'struct' | 'union';
      readonly name: string;
      readonly size: number;
      readonly members: readonly BtfField[];
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly size: number;
      readonly values: readonly BtfEnumerator[];
    }
  | { readonly kind: 'forward'; readonly name: string; readonly of: 'struct' | 'union' }
  | { readonly kind: 'function'; readonly name: string; readonly prototype: number }
  | { readonly kind: 'prototype'; readonly returns: number; readonly parameters: readonly BtfParameter[] }
  | { readonly kind: 'variable'; readonly name: string; readonly type: number }
  | {
      readonly kind: 'section';
      readonly name: string;
      readonly size: number;
      readonly variables: readonly BtfPlacement[];
    }
  | {
      readonly kind: 'declaration-tag';
      readonly name: string;
      readonly of: number;
      readonly component: number;
    };

export type BtfKind = BtfType['kind'];

/** The types of a kernel or, together with those, of one of its modules. */
export interface BtfTypes extends Btf {
  /** Types are numbered from 0 (`void`) to one less than this. */
  readonly count: number;
  /** @throws KernelError BTF_BAD_TYPE, BTF_BAD_STRING */
  type(id: number): BtfType;
  /** The numbers of all types of that kind and name, rising; a module's include its kernel's. */
  named(name: string, kind: BtfKind): readonly number[];
  /** Size in bytes; undefined for what has none (`void`, functions, declarations). */
  sizeOf(id: number): number | undefined;
  /** The type behind typedefs, qualifiers and tags. */
  resolve(id: number): number;
  /** Value of an enum's constant; undefined when there is none. @throws KernelError BTF_AMBIGUOUS */
  enumerator(name: string, constant: string): bigint | undefined;
}
