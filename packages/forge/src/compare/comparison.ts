// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Dissection, Piece } from '../dissect/piece.ts';
import type { Difference } from './difference.ts';
import type { Pairing } from './pairing.ts';

/** A function whose code is not the same in both objects. */
export interface FunctionChange {
  /** The name in the original object: the one that the running kernel has. */
  readonly name: string;
  readonly pre: Piece;
  readonly post: Piece;
  /** The cold part that the compiler split off, which goes with the function. */
  readonly postCold: Piece | undefined;
  readonly difference: Difference;
}

/** What changed from one compilation of a translation unit to the other. */
export interface Comparison {
  readonly pre: Dissection;
  readonly post: Dissection;
  readonly pairing: Pairing;
  /** Functions that are in both and differ, in the order of the patched object. */
  readonly changed: readonly FunctionChange[];
  /** Functions that only the patched object has; cold parts are not listed. */
  readonly added: readonly Piece[];
  /** Functions that only the original has. */
  readonly removed: readonly Piece[];
  /** Data that only the patched object has. */
  readonly addedData: readonly Piece[];
  readonly findings: readonly Finding[];
}
