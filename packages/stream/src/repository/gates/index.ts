// SPDX-License-Identifier: GPL-2.0-or-later
/** What an update must fulfil to be published. */
import type { Finding } from '@uptide/base';
import { cveGate, stateGate } from './keeps.ts';
import { levelGate } from './level.ts';
import type { Candidate, Gate } from './model.ts';
import { proofGate } from './proof.ts';
import { reviewGate } from './review.ts';
import { transitionGate } from './transition.ts';

const GATES: readonly Gate[] = [levelGate, proofGate, transitionGate, reviewGate, cveGate, stateGate];

/** All that speaks against publishing an update. */
export function judge(candidate: Candidate): Finding[] {
  return GATES.flatMap((gate) => gate(candidate));
}
