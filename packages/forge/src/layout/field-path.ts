// SPDX-License-Identifier: GPL-2.0-or-later
import type { BtfTypes } from '@uptide/kernel';
import type { VariableType } from './variable-types.ts';

/** Structs in structs in arrays: what people write is five deep. */
const MAX_DEPTH = 32;

/**
 * The field of a variable at a byte offset, as C writes it: `[2].mode`, `.ops.open`.
 *
 * @returns undefined where there is no field, such as in padding.
 */
export function fieldPath(types: BtfTypes, variable: VariableType, offset: number): string | undefined {
  if (variable.kind === 'number') return undefined;
  const [id, second] = types.named(variable.name, variable.kind);
  if (id === undefined || second !== undefined) return undefined;
  const size = types.sizeOf(id) ?? 0;
  if (!variable.array) return inside(types, id, offset, '');
  return size === 0 ? undefined : inside(types, id, offset % size, `[${Math.floor(offset / size)}]`);
}

function inside(types: BtfTypes, id: number, offset: number, path: string, depth = 0): string | undefined {
  const resolved = types.resolve(id);
  const type = types.type(resolved);
  if (depth > MAX_DEPTH) return path;
  if (type.kind === 'array') {
    const size = types.sizeOf(type.element) ?? 0;
    if (size === 0) return path;
    return inside(types, type.element, offset % size, `${path}[${Math.floor(offset / size)}]`, depth + 1);
  }
  if (type.kind !== 'struct' && type.kind !== 'union') return path;
  const member = type.members.find(({ bitOffset, type: of }) => {
    const start = bitOffset / 8;
    return offset >= Math.floor(start) && offset < start + (types.sizeOf(of) ?? 0);
  });
  if (member === undefined) return undefined;
  const name = member.name === '' ? path : `${path}.${member.name}`;
  return inside(types, member.type, offset - Math.floor(member.bitOffset / 8), name, depth + 1);
}
