// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the patch does to the shape of data.
 *
 * Code is replaced at once, objects are not: those that were allocated before have the old shape, and go on
 * living. A struct that grew is an overrun waiting in each of them; a member that moved is read at the wrong
 * place. The code looks innocent, so the shapes themselves are compared, from the type information of the
 * object before and after the patch.
 *
 * Example. `struct nvme_tcp_request` grew from 176 to 184 bytes, `state` moved from 168 to 176, `error` is new
 * at 168. Whether an object with the old shape can meet new code is for a person to judge.
 *
 * A member that only fills a hole moves nothing, but in objects that exist the hole holds whatever was there.
 * Constants of an enum that changed their value are the same question asked of numbers.
 *
 * Limits: what is compared is what the type information of this unit names; anonymous structs show through
 * their members. Types without a name at the top are not compared.
 */
import type { Finding, Place } from '@uptide/base';
import type { BtfTypes } from '@uptide/kernel';
import { finding } from '../error.ts';
import { type Field, Shapes, sameFields } from './fields.ts';

/** Members that a message names; the rest are counted. */
const SHOWN = 8;

/** Compares all named structs, unions and enums that both compilations of a unit know. */
export function compareLayouts(pre: BtfTypes, post: BtfTypes, source: string): Finding[] {
  const findings: Finding[] = [];
  const before = new Shapes(pre);
  const after = new Shapes(post);
  for (let id = 1; id < pre.count; id++) {
    const type = pre.type(id);
    if (type.kind !== 'struct' && type.kind !== 'union' && type.kind !== 'enum') continue;
    const [first] = pre.named(type.name, type.kind);
    const [counterpart, second] = post.named(type.name, type.kind);
    // Two types of one name in one unit are of different scopes; their order is that of the source.
    if (type.name === '' || first !== id || counterpart === undefined) continue;
    const place: Place = { file: source, symbol: `${type.kind} ${type.name}` };
    if (second === undefined) findings.push(...compareType(before, id, after, counterpart, place));
    else if (!sameFields(before.fields(id), after.fields(counterpart))) {
      const reason = `${type.kind} ${type.name} stands for several types, and they changed`;
      findings.push(finding('COMPARE_STRUCT_CHANGED', 'review', place, reason));
    }
  }
  return findings;
}

function compareType(pre: Shapes, before: number, post: Shapes, after: number, place: Place): Finding[] {
  const type = pre.types.type(before);
  if (type.kind === 'enum') return compareEnum(pre.types, before, post.types, after, place);
  const [oldFields, newFields] = [pre.fields(before), post.fields(after)];
  const [oldSize, newSize] = [pre.types.sizeOf(before) ?? 0, post.types.sizeOf(after) ?? 0];
  if (oldSize === newSize && sameFields(oldFields, newFields)) return [];
  const changes = fieldChanges(oldFields, newFields);
  const size = oldSize === newSize ? [] : [`the size ${oldSize} became ${newSize}`];
  const all = [...size, ...changes.moved, ...changes.gone, ...changes.added];
  const more = all.length > SHOWN ? [`and ${all.length - SHOWN} more`] : [];
  const reason = `${place.symbol}: ${[...all.slice(0, SHOWN), ...more].join(', ')}`;
  const fits = size.length + changes.moved.length + changes.gone.length === 0;
  return [finding(fits ? 'COMPARE_STRUCT_HOLE_USED' : 'COMPARE_STRUCT_CHANGED', 'review', place, reason)];
}

function fieldChanges(
  before: readonly Field[],
  after: readonly Field[],
): { readonly moved: string[]; readonly gone: string[]; readonly added: string[] } {
  const old = new Map(before.map((field) => [field.name, field]));
  const now = new Map(after.map((field) => [field.name, field]));
  const moved = before.flatMap((field): string[] => {
    const other = now.get(field.name);
    if (other === undefined) return [];
    if (other.bit !== field.bit) return [`${field.name} moved from ${offset(field)} to ${offset(other)}`];
    if (other.bits === field.bits && other.type === field.type) return [];
    return [`${field.name} at ${offset(field)} was ${field.type} and became ${other.type}`];
  });
  const gone = before
    .filter(({ name }) => !now.has(name))
    .map((field) => `${field.name} at ${offset(field)} is gone`);
  const added = after
    .filter(({ name }) => !old.has(name))
    .map((field) => `${field.name} is new at ${offset(field)}`);
  return { moved, gone, added };
}

/** Bytes, and bits where a field does not begin with one. */
function offset({ bit }: Field): string {
  return bit % 8 === 0 ? String(bit / 8) : `${Math.floor(bit / 8)} bit ${bit % 8}`;
}

function compareEnum(pre: BtfTypes, before: number, post: BtfTypes, after: number, place: Place): Finding[] {
  const old = pre.type(before);
  const now = post.type(after);
  if (old.kind !== 'enum' || now.kind !== 'enum') return [];
  const values = new Map(now.values.map(({ name, value }) => [name, value]));
  const changed = old.values.flatMap(({ name, value }): string[] => {
    const other = values.get(name);
    if (other === value) return [];
    return [other === undefined ? `${name} is gone` : `${name} was ${value} and became ${other}`];
  });
  if (changed.length === 0) return [];
  const reason = `${place.symbol}: ${changed.slice(0, SHOWN).join(', ')}`;
  return [finding('COMPARE_ENUM_CHANGED', 'review', place, reason)];
}
