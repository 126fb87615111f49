// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../error.ts';
import type { Plan, Step } from '../policy/model.ts';
import { planHost } from '../policy/plan.ts';
import { carryOut } from './act.ts';
import { type Agent, exclusively } from './agent.ts';
import type { ActResult, Confirm } from './by-hand.ts';
import { writeReports } from './reports.ts';
import { planInput, survey } from './survey.ts';
import { noteTakenBack } from './taken-back.ts';

/**
 * Takes the live update of ours out; the agent does not bring one again by itself.
 *
 * @throws HostError HOST_NOT_LOADED and what `guardedUnload` throws.
 */
export async function removeAll(agent: Agent, confirm: Confirm): Promise<ActResult> {
  return await exclusively(agent, async () => {
    const found = await survey(agent);
    if (found.live === undefined) throw new HostError('HOST_NOT_LOADED', 'no update of ours is live');
    const step: Step = { do: 'unload', reason: 'asked for by hand' };
    const plan: Plan = { ...planHost(planInput(found)), step };
    if (!(await confirm(plan, found))) return { found, plan };
    await noteTakenBack(agent.machine, 0);
    const outcome = await carryOut(agent, found, step, 'hand');
    return { found: await writeReports(agent), plan, outcome };
  });
}
