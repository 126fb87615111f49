// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the other side of a reference is: who drops what a changed function takes, who takes what it drops.
 *
 * A count is right when both sides agree. Where one side changes and the other one stays, the old and the new code
 * differ in what they leave to it, and a person must see both. The names tell which functions are sides of one count:
 * `widget_get` and `widget_put`, `fget` and `fput`. The text tells who calls them, also where they are inlined.
 *
 * Limits: sides in other files, under other names, or in a function between. Whether both mean the same object.
 */
import type { Comparison } from '../compare/comparison.ts';
import { type SourceText, sourceNameOf } from './source.ts';

/** Sides whose names do not say so by `get` and `put` (include/linux/fs.h, dcache.h, skbuff.h, sched/mm.h). */
const SIDES: readonly (readonly [take: readonly string[], drop: readonly string[]])[] = [
  [['ihold', 'igrab', 'iget_locked', 'ilookup'], ['iput']],
  [
    ['fget', 'fget_raw', 'get_file', 'fget_task'],
    ['fput', 'fput_many'],
  ],
  [
    ['fdget', 'fdget_pos'],
    ['fdput', 'fdput_pos'],
  ],
  [['dget', 'dget_parent', 'dget_dlock'], ['dput']],
  [['mntget'], ['mntput']],
  [
    ['mmget', 'mmget_not_zero', 'get_task_mm'],
    ['mmput', 'mmput_async'],
  ],
  [['mmgrab'], ['mmdrop', '__mmdrop']],
  [
    ['dev_hold', 'dev_get_by_name', 'dev_get_by_index', 'netdev_hold'],
    ['dev_put', 'netdev_put'],
  ],
  [['dst_hold', 'dst_hold_safe', 'dst_clone'], ['dst_release']],
  [
    ['sock_hold', 'sk_get'],
    ['sock_put', 'sock_gen_put', 'sk_free'],
  ],
  [['neigh_hold', 'neigh_clone'], ['neigh_release']],
  [['skb_get'], ['kfree_skb', 'kfree_skb_reason', 'consume_skb', 'dev_kfree_skb', 'dev_kfree_skb_any']],
  [
    ['refcount_inc', 'refcount_inc_not_zero', 'refcount_set'],
    ['refcount_dec_and_test', 'refcount_dec'],
  ],
  [
    ['kref_get', 'kref_get_unless_zero', 'kref_init'],
    ['kref_put', 'kref_put_mutex', 'kref_put_lock'],
  ],
  [
    ['percpu_ref_get', 'percpu_ref_tryget', 'percpu_ref_tryget_live'],
    ['percpu_ref_put', 'percpu_ref_kill'],
  ],
];

/** Functions named of each side; more are counted. */
const MAX_NAMED = 4;

/** Names of the functions on the other side of a reference, by the name of one side. */
export function counterpartsOf(name: string): readonly string[] {
  for (const [take, drop] of SIDES) {
    if (take.includes(name)) return drop;
    if (drop.includes(name)) return take;
  }
  const other = new Map([
    ['get', 'put'],
    ['put', 'get'],
    ['hold', 'put'],
  ]);
  const words = name.replace(/^_+/, '').split('_');
  for (const at of [0, words.length - 1]) {
    const swapped = other.get(words[at] ?? '');
    if (swapped !== undefined) return [words.with(at, swapped).join('_')];
  }
  return [];
}

/**
 * The functions of the unit that call one of the counterparts and are not replaced, in words; undefined when there are
 * none.
 *
 * @param text the source of the unit before the patch
 */
export function stayingCounterparts(
  names: readonly string[],
  text: SourceText,
  { pre, changed }: Comparison,
): string | undefined {
  const replaced = new Set(changed.map(({ name }) => sourceNameOf(name)));
  const compiled = new Set(
    pre.pieces.filter(({ kind }) => kind === 'function').map((piece) => sourceNameOf(piece.name)),
  );
  // Where both sides change in one function, it is the patch that keeps them in balance.
  const alone = names.map(counterpartsOf).filter((others) => !others.some((name) => names.includes(name)));
  const wanted = [...new Set(alone.flat())].sort();
  const parts = wanted.flatMap((name) => {
    const callers = [...text.functions]
      .filter(([caller, { tokens }]) => {
        if (replaced.has(caller) || !compiled.has(caller) || caller === name) return false;
        return tokens.some((token, at) => token === name && tokens[at + 1] === '(');
      })
      .map(([caller]) => caller)
      .sort();
    if (callers.length === 0) return [];
    const more = callers.length > MAX_NAMED ? ` and ${callers.length - MAX_NAMED} more` : '';
    return [`${name} in ${callers.slice(0, MAX_NAMED).join(', ')}${more}`];
  });
  return parts.length === 0 ? undefined : parts.join(', ');
}
