// SPDX-License-Identifier: GPL-2.0-or-later
import { isDeepStrictEqual } from 'node:util';

/** What a variable is made of: a struct, a union or a number (no pointer), once or as the elements of an array. */
export interface VariableType {
  readonly kind: 'struct' | 'union' | 'number';
  readonly name: string;
  readonly array: boolean;
}

const NUMBERS: ReadonlySet<string> = new Set(['DW_TAG_base_type', 'DW_TAG_enumeration_type']);

/** A type on the way from a variable to its struct. */
interface Entry {
  readonly tag: string;
  name: string | undefined;
  type: number | undefined;
}

/** Qualifiers and typedefs around arrays of structs: longer chains were made to mislead. */
const MAX_CHAIN = 32;

const HEAD = /^ <(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)$/;
const NAME =
  /^ {4}<[0-9a-f]+> {3}DW_AT_name +: (?:\(indirect (?:line )?string, offset: 0x[0-9a-f]+\): )?(.*)$/;
const TYPE = /^ {4}<[0-9a-f]+> {3}DW_AT_type +: <0x([0-9a-f]+)>$/;

/**
 * Finds what variables consist of, in what `readelf --debug-dump=info` prints of an object. A pointer, and a struct
 * without a name, is left out; so is a name that several variables of other types have.
 */
export function variableTypes(
  lines: Iterable<string>,
  names: ReadonlySet<string>,
): Map<string, VariableType> {
  const entries = new Map<number, Entry>();
  const variables = new Map<string, Entry[]>();
  let current: Entry | undefined;
  for (const line of lines) {
    const head = HEAD.exec(line);
    if (head?.[2] !== undefined && head[3] !== undefined) {
      current = { tag: head[3], name: undefined, type: undefined };
      entries.set(Number.parseInt(head[2], 16), current);
      continue;
    }
    if (current === undefined) continue;
    const name = NAME.exec(line)?.[1]?.trim();
    if (name !== undefined) {
      current.name = name;
      if (current.tag === 'DW_TAG_variable' && names.has(name)) {
        variables.set(name, [...(variables.get(name) ?? []), current]);
      }
    }
    const type = TYPE.exec(line)?.[1];
    if (type !== undefined) current.type = Number.parseInt(type, 16);
  }
  const found = new Map<string, VariableType>();
  for (const [name, same] of variables) {
    const [type, ...others] = same.map((variable) => typeOf(variable, entries));
    if (type !== undefined && others.every((other) => isDeepStrictEqual(other, type))) found.set(name, type);
  }
  return found;
}

function typeOf(variable: Entry, entries: ReadonlyMap<number, Entry>): VariableType | undefined {
  let array = false;
  let entry = variable.type === undefined ? undefined : entries.get(variable.type);
  for (let step = 0; entry !== undefined && step < MAX_CHAIN; step++) {
    const kind =
      entry.tag === 'DW_TAG_structure_type'
        ? 'struct'
        : entry.tag === 'DW_TAG_union_type'
          ? 'union'
          : NUMBERS.has(entry.tag)
            ? 'number'
            : undefined;
    if (kind === 'number') return { kind, name: entry.name ?? '', array };
    if (kind !== undefined) return entry.name === undefined ? undefined : { kind, name: entry.name, array };
    if (entry.tag === 'DW_TAG_array_type') array = true;
    else if (!/^DW_TAG_(typedef|const_type|volatile_type)$/.test(entry.tag)) return undefined;
    entry = entry.type === undefined ? undefined : entries.get(entry.type);
  }
  return undefined;
}
