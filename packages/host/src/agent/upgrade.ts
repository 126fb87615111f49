// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '@uptide/stream';
import { HostError } from '../error.ts';
import { planHost } from '../policy/plan.ts';
import { carryOut } from './act.ts';
import { type Agent, exclusively } from './agent.ts';
import type { ActResult, LevelOptions } from './by-hand.ts';
import { refreshStream } from './check.ts';
import { writeReports } from './reports.ts';
import { planInput, type Survey, survey } from './survey.ts';
import { forgetTakenBack } from './taken-back.ts';

/**
 * Goes to the highest level that is allowed, or to the one that is named, straight: levels are cumulative.
 *
 * @throws HostError HOST_NOT_SUBSCRIBED, HOST_NO_LEVEL, HOST_HELD; what `loadLevel` throws.
 */
export async function upgrade(agent: Agent, { to, confirm }: LevelOptions): Promise<ActResult> {
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
