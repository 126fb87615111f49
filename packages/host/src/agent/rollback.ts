// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../error.ts';
import { waysBack } from '../policy/back.ts';
import type { Plan, Step } from '../policy/model.ts';
import { planHost } from '../policy/plan.ts';
import { carryOut } from './act.ts';
import { type Agent, exclusively } from './agent.ts';
import type { ActResult, LevelOptions } from './by-hand.ts';
import { writeReports } from './reports.ts';
import { planInput, type Survey, survey } from './survey.ts';
import { noteTakenBack } from './taken-back.ts';

/**
 * Goes back to the level before, or to the one that is named, by loading that; the agent does not go up again by
 * itself.
 *
 * @throws HostError HOST_NOT_LOADED, HOST_NO_LEVEL, HOST_HELD; what `loadLevel` throws.
 */
export async function rollback(agent: Agent, { to, confirm }: LevelOptions): Promise<ActResult> {
  return await exclusively(agent, async () => {
    const found = await survey(agent);
    const step = { do: 'load', level: wayBack(found, to) } as const;
    const plan: Plan = { ...planHost(planInput(found)), available: step.level, step };
    if (!(await confirm(plan, found))) return { found, plan };
    // Before the kernel is touched: no round of the timer may come in between.
    await noteTakenBack(agent.machine, step.level.level);
    const outcome = await carryOut(agent, found, step, 'hand');
    return { found: await writeReports(agent), plan, outcome };
  });
}

/** The level to go back to. */
function wayBack(found: Survey, to: number | undefined): Extract<Step, { do: 'load' }>['level'] {
  const { liveLevel } = found;
  const input = planInput(found);
  const index = input.stream?.index;
  if (liveLevel === undefined) throw new HostError('HOST_NOT_LOADED', 'no level of the stream is live');
  if (index === undefined) throw new HostError('HOST_NO_LEVEL', 'the stream has nothing for this kernel');
  const ways = waysBack(liveLevel, { ...input, index, rollout: input.stream?.rollout });
  const wanted = to === undefined ? ways[0] : ways.find(({ level }) => level.level === to);
  if (wanted === undefined) {
    const what = to === undefined ? 'no level' : `no level ${to}`;
    const remedy = 'uptide remove takes the live update out altogether.';
    throw new HostError('HOST_NO_LEVEL', `there is ${what} below level ${liveLevel.level}`, { remedy });
  }
  if (wanted.against.length > 0) {
    const remedy = `uptide remove takes the live update out; then uptide upgrade --to ${wanted.level.level} loads that level.`;
    throw new HostError('HOST_HELD', wanted.against.join('; '), wanted.isOneWay ? { remedy } : {});
  }
  return wanted.level;
}
