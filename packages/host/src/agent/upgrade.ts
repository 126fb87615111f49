// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '@uptide/stream';
import { HostError } from '../error.ts';
import type { LoadOutcome } from '../load.ts';
import { waysBack } from '../policy/back.ts';
import type { Plan, Step } from '../policy/model.ts';
import { planHost } from '../policy/plan.ts';
import type { UnloadOutcome } from '../unload.ts';
import { loadLevel, unloadLive } from './act.ts';
import { type Agent, exclusively } from './agent.ts';
import { refreshStream } from './check.ts';
import { noteOutcome } from './last-outcome.ts';
import { writeReports } from './reports.ts';
import { planInput, type Survey, survey } from './survey.ts';
import { forgetTakenBack, noteTakenBack } from './taken-back.ts';

export interface UpgradeOptions {
  /** A level by its number; the highest that is allowed when not given. */
  readonly to?: number;
  /** Asked before the kernel is touched; without a yes nothing is done. */
  readonly confirm: (plan: Plan, found: Survey) => Promise<boolean>;
}

/** How an act by hand ended; without an outcome nothing was done. */
export interface ActResult {
  readonly found: Survey;
  readonly plan: Plan;
  readonly outcome?: LoadOutcome | UnloadOutcome;
}

/**
 * Goes to the highest level that is allowed, or to the one that is named, straight: levels are cumulative.
 *
 * @throws HostError HOST_NOT_SUBSCRIBED, HOST_NO_LEVEL, HOST_HELD; what `loadLevel` throws.
 */
export async function upgrade(agent: Agent, { to, confirm }: UpgradeOptions): Promise<ActResult> {
  return await exclusively(agent, async () => {
    await refreshOrGoOn(agent);
    const found = await survey(agent);
    if (to !== undefined) requireAbove(found, to);
    const plan = planHost(planInput(found, to === undefined ? {} : { level: to }));
    if (plan.step === undefined) {
      if (to !== undefined) throw new HostError('HOST_HELD', plan.reasons.join('; '));
      return { found: await writeReports(agent), plan };
    }
    if (!(await confirm(plan, found))) return { found, plan };
    await forgetTakenBack(agent.machine);
    const outcome = await carryOut(agent, found, plan.step, 'hand');
    return { found: await writeReports(agent), plan, outcome };
  });
}

export type RollbackOptions = UpgradeOptions;

/**
 * Goes back to the level before, or to the one that is named, by loading that; the agent does not go up again by
 * itself.
 *
 * @throws HostError HOST_NOT_LOADED, HOST_NO_LEVEL, HOST_HELD; what `loadLevel` throws.
 */
export async function rollback(agent: Agent, { to, confirm }: RollbackOptions): Promise<ActResult> {
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
  if (wanted.against.length > 0) throw new HostError('HOST_HELD', wanted.against.join('; '));
  return wanted.level;
}

/**
 * Takes the live update of ours out; the agent does not bring one again by itself.
 *
 * @throws HostError HOST_NOT_LOADED and what `guardedUnload` throws.
 */
export async function removeAll(agent: Agent, confirm: UpgradeOptions['confirm']): Promise<ActResult> {
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

/** Does the step of a plan and notes how it ended, for the status. */
export async function carryOut(
  agent: Agent,
  found: Survey,
  step: Step,
  by: 'hand' | 'agent',
): Promise<LoadOutcome | UnloadOutcome> {
  return await noteOutcome(agent.machine, step, async () =>
    step.do === 'load' ? await loadLevel(agent, found, step.level, by) : await unloadLive(agent, found, by),
  );
}

/** Nobody answered; all else that is wrong with a stream is for a person to see. */
const SILENT: ReadonlySet<string> = new Set(['STREAM_UNREACHABLE', 'STREAM_NOT_FOUND', 'STREAM_TOO_SLOW']);

/** What is known and has not ended is enough to act on, when the stream cannot be reached. */
async function refreshOrGoOn(agent: Agent): Promise<void> {
  const before = await survey(agent);
  try {
    await refreshStream(agent, before);
  } catch (error) {
    const fresh = before.known?.expires !== undefined && Date.parse(before.known.expires) > before.now;
    if (!(error instanceof StreamError) || !SILENT.has(error.code) || !fresh) throw error;
    agent.reporter.note(`going on with what is known: ${error.describe()}`);
  }
}

function requireAbove({ known, liveLevel }: Survey, to: number): void {
  if (known?.index?.content.levels.every(({ level }) => level !== to) !== false) {
    throw new HostError('HOST_NO_LEVEL', `the stream has no level ${to} for this kernel`);
  }
  if (liveLevel === undefined || to > liveLevel.level) return;
  const same = to === liveLevel.level;
  throw new HostError('HOST_NO_LEVEL', `level ${liveLevel.level} is live`, {
    remedy: same ? 'There is nothing to do.' : `Go down with uptide rollback --to ${to}.`,
  });
}
