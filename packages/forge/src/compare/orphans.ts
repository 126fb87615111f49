// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Dissection, TableEntry } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { Equality } from './equality.ts';

/** Refuses entries of the patched object that speak of no place in it, unless the original has the same. */
export function orphanEntries(pre: Dissection, post: Dissection, equality: Equality): Finding[] {
  if (pre.orphans.length === post.orphans.length) {
    const same = post.orphans.every((entry, i) => isSame(pre.orphans[i], entry, equality));
    if (same) return [];
  }
  const sections = new Set(post.orphans.map(({ table }) => table.section));
  return [...sections].map((section) =>
    finding('OBJECT_TABLE_ORPHAN', 'refuse', { section }, 'an entry speaks of a place outside the object'),
  );
}

function isSame(pre: TableEntry | undefined, post: TableEntry, equality: Equality): boolean {
  return (
    pre !== undefined &&
    equality.entry(pre, post) &&
    equality.reference(pre.references[0], post.references[0])
  );
}
