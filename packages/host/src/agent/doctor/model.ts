// SPDX-License-Identifier: GPL-2.0-or-later
import type { Agent } from '../agent.ts';
import type { Survey } from '../survey.ts';

/** What a check found. `note`: worth knowing. `bad`: it keeps updates from this host, or is a danger to it. */
export interface Diagnosis {
  readonly state: 'ok' | 'note' | 'bad';
  readonly reason: string;
  /** What to do, unless all is well. */
  readonly remedy?: string;
}

/** One thing that is looked at. */
export interface Check {
  readonly name: string;
  /** Whether it takes long or asks others, and is only made when asked for. */
  readonly asked?: 'kernelText';
  readonly look: (agent: Agent, found: Survey) => Promise<readonly Diagnosis[]>;
}

export function ok(reason: string): Diagnosis {
  return { state: 'ok', reason };
}

export function note(reason: string, remedy: string): Diagnosis {
  return { state: 'note', reason, remedy };
}

export function bad(reason: string, remedy: string): Diagnosis {
  return { state: 'bad', reason, remedy };
}
