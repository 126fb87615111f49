// SPDX-License-Identifier: GPL-2.0-or-later
import { type Declaration, declarationsIn } from '../source/declarations.ts';

/** What the change of one header means to those who include it. */
export interface HeaderChange {
  /** The names whose meaning changed, sorted. */
  readonly names: readonly string[];
  /** Why all who include the header are affected, whatever they say; undefined when the names tell. */
  readonly everything: string | undefined;
}

/**
 * Compares a header before and after patches, bytes as Latin-1. A file that is not there is empty text.
 * Only the order of equal declarations that moved is not looked at one by one: what moved counts as changed.
 */
export function headerChange(pre: string, post: string): HeaderChange {
  const before = declarationsIn(pre);
  const after = declarationsIn(post);
  const changed = changedDeclarations(before, after);
  const names = [...new Set(changed.flatMap((declaration) => declaration.names))].sort();
  const all = changed.find(({ everything }) => everything);
  if (all === undefined) return { names, everything: undefined };
  return { names, everything: all.key.trim().slice(0, 200) };
}

/** The declarations that are on one side alone, or at another place among those that stay. */
function changedDeclarations(before: readonly Declaration[], after: readonly Declaration[]): Declaration[] {
  let start = 0;
  while (start < before.length && before[start]?.key === after[start]?.key) start += 1;
  let end = 0;
  const rest = Math.min(before.length, after.length) - start;
  while (end < rest && before.at(-1 - end)?.key === after.at(-1 - end)?.key) end += 1;
  const old = before.slice(start, before.length - end);
  const young = after.slice(start, after.length - end);
  const oldKeys = new Set(old.map(({ key }) => key));
  const youngKeys = new Set(young.map(({ key }) => key));
  const stayedOld = old.filter(({ key }) => youngKeys.has(key));
  const stayedYoung = young.filter(({ key }) => oldKeys.has(key));
  const inOrder =
    stayedOld.length === stayedYoung.length && stayedOld.every(({ key }, at) => key === stayedYoung[at]?.key);
  if (!inOrder) return [...old, ...young];
  return [...old.filter(({ key }) => !youngKeys.has(key)), ...young.filter(({ key }) => !oldKeys.has(key))];
}
