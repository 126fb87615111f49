// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { differingWritten, writtenChanges } from '../written.ts';

/** What orders memory between processors (Documentation/memory-barriers.txt), and what publishes a pointer. */
const ORDERS =
  /^(?:virt_|smp_)?(?:mb|rmb|wmb|store_release|load_acquire|store_mb)$|^smp_(?:mb__\w+|acquire__after_ctrl_dep|cond_load_\w+)$|^dma_(?:r|w)?mb$|^(?:rcu_assign_pointer|rcu_replace_pointer)$|^(?:write|read)_seq(?:count)?_(?:begin|end|retry)\w*$/;

/** A barrier orders nothing alone: the other side, on another processor, may still be old. */
export const ORDERING: ExamineRule = {
  code: 'EXAMINE_ORDERING_CHANGED',
  looksFor:
    'In the text of the changed functions: memory barriers, acquiring loads, releasing stores, publishing of pointers and sequence counts that are others or stand at another number of places than before. They work in pairs, and while the update is applied one side may be old and the other new.',
  cannotSee:
    'Statements that change places without a barrier between them, and barriers that atomic operations imply. `READ_ONCE` and `WRITE_ONCE`, which order nothing. Where the other side is.',
  examine: (context) =>
    writtenChanges(context).flatMap((change) => {
      const differing = differingWritten(change, ({ name }) => (ORDERS.test(name) ? name : undefined));
      if (differing.length === 0) return [];
      const reason = `memory is ordered differently: ${differing.join(', ')}`;
      const place = { file: change.path, symbol: change.name };
      return [finding('EXAMINE_ORDERING_CHANGED', 'review', place, reason)];
    }),
};
