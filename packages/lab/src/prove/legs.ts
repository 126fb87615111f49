// SPDX-License-Identifier: GPL-2.0-or-later

// The way of a proof: which update is live after which, step by step.
//
// An update alone is loaded and taken off again. A level of a series also has to come from the level before it and to
// go back there; the whole way fits into one boot:
//
//     leg        live before   live after
//     update     nothing       level n       what a machine does that has no level yet
//     off        level n       nothing
//     previous   nothing       level n-1
//     replace    level n-1     level n       what a machine does that follows the series
//     back       level n       level n-1     or the kernel refuses, where the states of level n say so
//     end        the last      nothing
//
// In the boot in which modules come after the update, level n replaces level n-1 while they are not there, is applied
// to them when they come, and goes back while they are.
//
// A leg ends in a state of the machine, in which the probes run.

import type { PreviousLevel } from './input.ts';

/** Which of the two boots. */
export type BootName = 'live' | 'late';

/** What is live: no update, the level before the one that is proven, or that one. */
export type Live = 'nothing' | 'previous' | 'update';

export type LegName = 'update' | 'off' | 'previous' | 'replace' | 'back' | 'end';

/**
 * What the machine is like when the probes run: `before` any update was loaded, `after` the update was, and
 * `restored` after it was unloaded; then with the level before (`previous`), with this one in its place (`replaced`),
 * with that one again (`back`), and at the `end` with none. `late` is as `after` or `replaced` with the modules loaded
 * later, `late-back` as `back`.
 */
export type State =
  | 'before'
  | 'after'
  | 'restored'
  | 'previous'
  | 'replaced'
  | 'back'
  | 'end'
  | 'late'
  | 'late-back';

/** One transition. */
export interface Leg {
  readonly name: LegName;
  readonly from: Live;
  readonly to: Live;
  /** Where the probes run after it. */
  readonly state?: State;
  /** The kernel has to refuse to load the level before. */
  readonly refused?: true;
}

const UPDATE: Leg = { name: 'update', from: 'nothing', to: 'update', state: 'after' };
const OFF: Leg = { name: 'off', from: 'update', to: 'nothing', state: 'restored' };
const PREVIOUS: Leg = { name: 'previous', from: 'nothing', to: 'previous' };
const REPLACE: Leg = { name: 'replace', from: 'previous', to: 'update' };
const BACK: Leg = { name: 'back', from: 'update', to: 'previous' };

/** The legs of a boot. */
export function legsOf(boot: BootName, previous: Pick<PreviousLevel, 'back'> | undefined): readonly Leg[] {
  if (previous === undefined) {
    if (boot === 'live') return [UPDATE, OFF];
    return [
      { ...UPDATE, state: 'late' },
      { name: 'off', from: 'update', to: 'nothing' },
    ];
  }
  const last = previous.back ? 'previous' : 'update';
  const end: Leg = { name: 'end', from: last, to: 'nothing' };
  if (boot === 'late') {
    const back: readonly Leg[] = previous.back ? [{ ...BACK, state: 'late-back' }] : [];
    return [PREVIOUS, { ...REPLACE, state: 'late' }, ...back, end];
  }
  return [
    UPDATE,
    OFF,
    { ...PREVIOUS, state: 'previous' },
    { ...REPLACE, state: 'replaced' },
    previous.back ? { ...BACK, state: 'back' } : { ...BACK, to: 'update', state: 'back', refused: true },
    { ...end, state: 'end' },
  ];
}
