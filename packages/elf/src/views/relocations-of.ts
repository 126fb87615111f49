// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfObject, ElfRelocation, SectionIndex } from '../model.ts';
import { sectionIndex } from '../model.ts';

const NONE: readonly ElfRelocation[] = [];
const INDICES = new WeakMap<ElfObject, ReadonlyMap<SectionIndex, readonly ElfRelocation[]>>();

/** The relocations of a section by rising offset, from all tables that apply to it. */
export function relocationsOf(object: ElfObject, section: SectionIndex): readonly ElfRelocation[] {
  let index = INDICES.get(object);
  if (index === undefined) {
    index = indexRelocations(object);
    INDICES.set(object, index);
  }
  return index.get(section) ?? NONE;
}

/**
 * The relocations of every section that has some, by rising offset; at one offset in the order of the
 * object. A single table that is in order already, as compilers write it, is not copied.
 */
export function indexRelocations(object: ElfObject): ReadonlyMap<SectionIndex, readonly ElfRelocation[]> {
  const index = new Map<SectionIndex, readonly ElfRelocation[]>();
  for (const { content, info } of object.sections) {
    if (content.kind !== 'relocations') continue;
    const target = sectionIndex(info);
    const before = index.get(target);
    index.set(target, before === undefined ? content.relocations : before.concat(content.relocations));
  }
  for (const [section, relocations] of index) {
    if (!isSorted(relocations))
      index.set(
        section,
        relocations.toSorted((a, b) => a.offset - b.offset),
      );
  }
  return index;
}

function isSorted(relocations: readonly ElfRelocation[]): boolean {
  let last = 0;
  for (const { offset } of relocations) {
    if (offset < last) return false;
    last = offset;
  }
  return true;
}
