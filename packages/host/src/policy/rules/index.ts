// SPDX-License-Identifier: GPL-2.0-or-later
import type { Rule } from '../model.ts';
import { asOf } from './as-of.ts';
import { blocked } from './blocked.ts';
import { delay } from './delay.ts';
import { halted } from './halted.ts';
import { hold } from './hold.ts';
import { pin } from './pin.ts';
import { quarantined } from './quarantined.ts';
import { severity } from './severity.ts';
import { takenBack } from './taken-back.ts';
import { waitingWave } from './waiting-wave.ts';
import { withdrawn } from './withdrawn.ts';

/** All that may stand between a host and a level; every one is asked. */
export const RULES: readonly Rule[] = [
  withdrawn,
  quarantined,
  halted,
  blocked,
  waitingWave,
  takenBack,
  pin,
  hold,
  asOf,
  delay,
  severity,
];
