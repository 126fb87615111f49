// SPDX-License-Identifier: GPL-2.0-or-later
import type { GuardState, KernelName, KnownUpdate } from './record.ts';
import { sameKernel } from './reduce.ts';

/** What may be loaded again on this kernel: the highest level first, and of one level what was loaded last. */
export function candidates(state: GuardState, kernel: KernelName): readonly KnownUpdate[] {
  return [...state.known]
    .reverse()
    .filter(
      (one) =>
        sameKernel(one.kernel, kernel) &&
        one.wanted &&
        one.trusted !== undefined &&
        one.quarantined === undefined,
    )
    .sort((a, b) => b.update.level - a.update.level);
}
