// SPDX-License-Identifier: GPL-2.0-or-later
import type { ExitName } from '@uptide/base';
import type { ActResult, Agent, State } from '@uptide/host';
import type { Shell } from '../../shell/shell.ts';
import { VERSION } from '../../version.ts';
import { endingOfFindings } from '../host.ts';

/** The agent of this machine. */
export async function agentOfShell({ reporter, signal }: Shell): Promise<Agent> {
  const { agentOf, Machine } = await import('@uptide/host');
  return agentOf({ machine: new Machine(), reporter, signal, version: VERSION });
}

/** How a command ends that looks at a host: what is in order, what can be taken, what a person has to see. */
export function endingOfState(state: State): ExitName {
  switch (state) {
    case 'current':
    case 'waiting-wave':
    case 'held-by-policy':
      return 'done';
    case 'update-available':
      return 'available';
    default:
      return 'attention';
  }
}

/** How a command ends that was to change a host. */
export function endingOfAct({ plan, outcome }: ActResult): ExitName {
  if (outcome === undefined) return endingOfState(plan.state);
  const done = outcome.state === 'live' || outcome.state === 'unloaded';
  return done ? 'done' : endingOfFindings(outcome.findings);
}
