// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import { compareCalls, differingCalls, differingNames } from '../calls.ts';
import { stayingCounterparts } from '../counterparts.ts';
import type { ExamineRule } from '../model.ts';
import { sourceNameOf } from '../source.ts';
import { countedOtherwise } from './counters.ts';

/** All that a call shows of an inlined step of a reference count (lib/refcount.c). */
const INLINED = 'refcount_warn_saturate';

/** Reference counts whose functions are named otherwise; `refcount_warn_saturate` stands in inlined ones. */
const NAMED =
  /^(refcount|kref)_\w+$|^lockref_(get|put|mark_dead)\w*$|^percpu_ref_\w+$|^fput\w*$|^fget\w*$|^iput$|^ihold$|^igrab$|^dput$|^dget\w*$|^mntput$|^mntget$|^mmput\w*$|^mmdrop$|^__mmdrop$|^(sk_free|sock_hold|sock_put|sock_gen_put)$|^(__)?(dev|dst|in_dev|neigh|fib)_(hold|release|destroy|put|get)\w*$|^consume_skb$|^k?free_?skb\w*$|^skb_get$/;

/** Names with these words fetch or put a value, not a reference. */
const VALUE =
  /^(__)?(get|put)_(user|unaligned|random|free|zeroed|cycles|option|options|order|seconds|cpu)\w*$|^(nla|skb|seq|nlmsg|nft|genlmsg|netlink)_|^(__)?skb_put\w*$|_(str|value|drvdata|attr|option|state|time|size|rate|name|stats|count|index|data|status|flags|irq)$/;

/** Whether a function takes or drops a reference, by its name. */
export function isReferenceStep(name: string): boolean {
  if (NAMED.test(name)) return true;
  if (VALUE.test(name)) return false;
  const words = name.replace(/^_+/, '').split('_');
  return [words[0], words.at(-1)].some((word) => word === 'get' || word === 'put');
}

/** A reference that one version takes and the other drops is lost or dropped twice. */
export const REFERENCES: ExamineRule = {
  code: 'EXAMINE_REFERENCES_CHANGED',
  looksFor:
    'Changed functions in which the calls that take or drop a reference (`kref_*`, `fput`, `dev_put`, socket buffers, whatever begins or ends in `get` or `put`) are others or stand at another number of places than before. It says which functions of the unit are the other side of these calls, by their names, and are not replaced: what the changed function takes they drop, or the other way round.',
  cannotSee:
    'Which object is meant, and whether a call is balanced on every path. Counts whose code is inlined show only by `refcount_warn_saturate`, which is passed over where `EXAMINE_COUNTER_CHANGED` reads the step in the text; per-processor counts not at all. The other side in another unit, or under a name that is no counterpart. By the name alone, a `get` that fetches a value cannot always be told from one that takes a reference.',
  examine: (context) => {
    const { source, comparison, text } = context;
    const counted = countedOtherwise(context);
    return comparison.changed.flatMap((change) => {
      const calls = compareCalls(change);
      const differing = differingCalls(calls, isReferenceStep);
      if (differing.length === 0) return [];
      const isTold = counted.has(sourceNameOf(change.name));
      if (isTold && differing.every((each) => each.startsWith(`${INLINED} `))) return [];
      const stays = stayingCounterparts(differingNames(calls, isReferenceStep), text, comparison);
      const other = stays === undefined ? '' : `; the other side stays: ${stays}`;
      const reason = `references are taken or dropped differently: ${differing.join(', ')}${other}`;
      const place = { file: source, symbol: change.name };
      return [finding('EXAMINE_REFERENCES_CHANGED', 'review', place, reason)];
    });
  },
};
