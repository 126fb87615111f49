// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../error.ts';
import { candidates } from './decide/candidates.ts';
import { whyStopped } from './decide/gate.ts';
import type { KernelName, LiveState, NamedUpdate } from './decide/record.ts';
import { sameKernel } from './decide/reduce.ts';
import type { Journal } from './journal.ts';

/** What the journal says that a plan for this kernel must heed. */
export interface TrustFacts {
  /** Updates that are not loaded on this kernel any more, by id. */
  readonly quarantined: readonly string[];
  /** Why nothing is loaded until an administrator has looked; a journal that cannot be read is a reason too. */
  readonly stopped?: string;
  /** What comes back in the next boot. */
  readonly lastTrusted?: NamedUpdate;
  /** The update of ours that is live, with its trust. */
  readonly live?: LiveState;
  /** Every update that the kernel was given since it started, by id. */
  readonly everLoaded: readonly string[];
}

/**
 * What the journal says of the updates of a kernel. It speaks of the boot that `judgeBoot` began last.
 *
 * @throws HostError HOST_UNREADABLE.
 */
export async function trustFacts(journal: Journal, kernel: KernelName): Promise<TrustFacts> {
  try {
    const state = await journal.state();
    const stopped = whyStopped(state);
    const lastTrusted = candidates(state, kernel)[0]?.update;
    const live = state.boot?.live;
    return {
      quarantined: state.known
        .filter((one) => one.quarantined !== undefined && sameKernel(one.kernel, kernel))
        .map(({ update }) => update.id),
      everLoaded: state.boot?.everLoaded ?? [],
      ...(stopped === undefined ? {} : { stopped }),
      ...(lastTrusted === undefined ? {} : { lastTrusted }),
      ...(live === undefined ? {} : { live }),
    };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'HOST_JOURNAL_DAMAGED') throw error;
    return { quarantined: [], everLoaded: [], stopped: error.describe() };
  }
}
