// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../error.ts';
import type { Plan } from '../policy/model.ts';
import { planHost } from '../policy/plan.ts';
import { type Agent, exclusively, openStream } from './agent.ts';
import { refreshKnown } from './refresh.ts';
import { writeReports } from './reports.ts';
import { ensureSecret } from './secret.ts';
import { planInput, type Survey, survey } from './survey.ts';

/** A host with its plan. */
export interface Checked {
  readonly found: Survey;
  readonly plan: Plan;
}

/**
 * Asks the stream for news, makes the plan and writes the reports; nothing is loaded.
 *
 * @throws HostError HOST_NOT_SUBSCRIBED, HOST_NO_SERIES, HOST_SWITCHED_OFF; StreamError what is wrong with the stream,
 * after the reports were written.
 */
export async function checkStream(agent: Agent): Promise<Checked> {
  return await exclusively(agent, async () => {
    try {
      await refreshStream(agent, await survey(agent));
    } catch (error) {
      await writeReports(agent);
      throw error;
    }
    const found = await writeReports(agent);
    return { found, plan: planHost(planInput(found)) };
  });
}

/** Asks the stream for news. */
export async function refreshStream(agent: Agent, found: Survey): Promise<void> {
  const { settings, subscribed, kernel, switches } = found;
  if (!subscribed) throw new HostError('HOST_NOT_SUBSCRIBED', 'this host follows no stream');
  if (kernel === undefined) throw new HostError('HOST_NO_SERIES', 'the series of this host is not known');
  if (switches.refresh !== undefined) throw new HostError('HOST_SWITCHED_OFF', switches.refresh);
  await ensureSecret(agent.machine);
  await agent.reporter.step('ask the stream', async () =>
    refreshKnown(agent.machine, kernel, await openStream(agent, settings)),
  );
}
