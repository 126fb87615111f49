// SPDX-License-Identifier: GPL-2.0-or-later
import { R_X86_64, SHF } from '@uptide/elf';
import type { Btf } from '@uptide/kernel';
import type { AuthorState } from '../author/marks.ts';
import type { Cut, PatchedFunction } from '../cut/cut.ts';
import { ForgeError } from '../error.ts';
import type { Assembly, ModulePlace } from './assembly.ts';
import { type Places, placeOf } from './place-pieces.ts';

/** Pointers and longs of x86-64. */
const WORD = 8;

/** A struct of the kernel, laid out as the kernel's own type information says. */
interface Layout {
  readonly size: number;
  readonly offset: (member: string) => number;
}

function layoutOf(btf: Btf, struct: string): Layout {
  const size = btf.structSize(struct);
  if (size === undefined) throw new ForgeError('LINK_TYPE_UNKNOWN', `the kernel has no struct ${struct}`);
  return {
    size,
    offset: (member) => {
      const offset = btf.memberOffset(struct, member);
      if (offset === undefined)
        throw new ForgeError('LINK_TYPE_UNKNOWN', `struct ${struct} has no member ${member}`);
      return offset;
    },
  };
}

/**
 * Writes the description that klp_enable_patch reads (include/linux/livepatch.h): a `struct klp_patch`
 * that replaces all patches before it, a `struct klp_object` for each object with its `struct klp_func`
 * list, each list ended by a zeroed entry.
 *
 * @returns the place of the `struct klp_patch`.
 */
export function writeKlpTables(
  assembly: Assembly,
  { functions, callbacks, states }: Pick<Cut, 'functions' | 'callbacks' | 'states'>,
  places: Places,
  btf: Btf,
): ModulePlace {
  const data = assembly.section('.data', SHF.ALLOC | SHF.WRITE);
  const patch = layoutOf(btf, 'klp_patch');
  const object = layoutOf(btf, 'klp_object');
  const byObject = Map.groupBy(functions, ({ original }) => original.object);
  const names = [...new Set([...byObject.keys(), ...callbacks.map((callback) => callback.object)])].sort(
    vmlinuxFirst,
  );
  const lists = names.map((name) => writeFunctions(assembly, byObject.get(name) ?? [], places, btf));
  const objects = data.append(new Uint8Array(object.size * (names.length + 1)), WORD);
  names.forEach((name, i) => {
    const at = objects + i * object.size;
    const list = lists[i];
    if (list !== undefined) point(assembly, { section: data, offset: at + object.offset('funcs') }, list);
    for (const { kind, piece } of callbacks.filter((callback) => callback.object === name)) {
      const slot = object.offset('callbacks') + layoutOf(btf, 'klp_callbacks').offset(kind);
      point(assembly, { section: data, offset: at + slot }, placeOf(places, piece));
    }
    // A null name means vmlinux.
    if (name !== 'vmlinux') {
      point(assembly, { section: data, offset: at + object.offset('name') }, assembly.text(name));
    }
  });
  const bytes = new Uint8Array(patch.size);
  bytes[patch.offset('replace')] = 1;
  const place = { section: data, offset: data.append(bytes, WORD) };
  point(assembly, shift(place, patch.offset('objs')), { section: data, offset: objects });
  if (states.length > 0) {
    point(assembly, shift(place, patch.offset('states')), writeStates(assembly, states, btf));
  }
  assembly.pointer(
    shift(place, patch.offset('mod')),
    { kind: 'frame', name: '__this_module', offset: 0 },
    R_X86_64[64],
  );
  return place;
}

/** A `struct klp_state` for each state, ended by a zeroed one. */
function writeStates(assembly: Assembly, states: readonly AuthorState[], btf: Btf): ModulePlace {
  const data = assembly.section('.data', SHF.ALLOC | SHF.WRITE);
  const layout = layoutOf(btf, 'klp_state');
  const bytes = new Uint8Array(layout.size * (states.length + 1));
  const view = new DataView(bytes.buffer);
  states.forEach(({ id, version }, i) => {
    view.setBigUint64(i * layout.size + layout.offset('id'), id, true);
    view.setUint32(i * layout.size + layout.offset('version'), version, true);
  });
  return { section: data, offset: data.append(bytes, WORD) };
}

function writeFunctions(
  assembly: Assembly,
  functions: readonly PatchedFunction[],
  places: Places,
  btf: Btf,
): ModulePlace {
  const data = assembly.section('.data', SHF.ALLOC | SHF.WRITE);
  const layout = layoutOf(btf, 'klp_func');
  const bytes = new Uint8Array(layout.size * (functions.length + 1));
  const view = new DataView(bytes.buffer);
  functions.forEach(({ original }, i) => {
    view.setBigUint64(i * layout.size + layout.offset('old_sympos'), BigInt(original.position), true);
  });
  const place = { section: data, offset: data.append(bytes, WORD) };
  functions.forEach(({ original, replacement }, i) => {
    point(assembly, shift(place, i * layout.size + layout.offset('old_name')), assembly.text(original.name));
    point(assembly, shift(place, i * layout.size + layout.offset('new_func')), placeOf(places, replacement));
  });
  return place;
}

const shift = ({ section, offset }: ModulePlace, by: number): ModulePlace => ({
  section,
  offset: offset + by,
});

function point(assembly: Assembly, place: ModulePlace, to: ModulePlace): void {
  assembly.pointer(place, { kind: 'place', place: to }, R_X86_64[64]);
}

function vmlinuxFirst(a: string, b: string): number {
  if (a === b) return 0;
  if (a === 'vmlinux') return -1;
  if (b === 'vmlinux') return 1;
  return a < b ? -1 : 1;
}
