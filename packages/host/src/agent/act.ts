// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import type { IndexedLevel, Update } from '@uptide/stream';
import { HostError } from '../error.ts';
import { guardedLoad } from '../guard/guarded-load.ts';
import { guardedUnload } from '../guard/guarded-unload.ts';
import type { LoadOutcome } from '../load.ts';
import type { Step } from '../policy/model.ts';
import type { UnloadOutcome } from '../unload.ts';
import { type Agent, openStream } from './agent.ts';
import { fetchUpdate } from './fetch.ts';
import { noteOutcome } from './last-outcome.ts';
import { moduleGate } from './module-gate.ts';
import type { Survey } from './survey.ts';

/** Who asks: a person or the timer. */
type Asker = 'hand' | 'agent';

/** Does the step of a plan and notes how it ended, for the status. */
export async function carryOut(
  agent: Agent,
  found: Survey,
  step: Step,
  by: Asker,
): Promise<LoadOutcome | UnloadOutcome> {
  return await noteOutcome(agent.machine, step, async () =>
    step.do === 'load' ? await loadLevel(agent, found, step.level, by) : await unloadLive(agent, found, by),
  );
}

/**
 * Brings a level and loads it through the guard. What is live meanwhile is replaced in one transition.
 *
 * @throws StreamError, HostError; before the kernel is touched all but those that `guardedLoad` names.
 */
async function loadLevel(
  agent: Agent,
  { settings, kernel }: Survey,
  level: IndexedLevel,
  by: Asker,
): Promise<LoadOutcome> {
  const { machine, journal, reporter, signal } = agent;
  if (kernel === undefined) throw new HostError('HOST_NO_SERIES', 'the series of this host is not known');
  const update = await reporter.step(`bring level ${level.level}`, async (): Promise<Update> => {
    return await fetchUpdate(machine, kernel, level, await openStream(agent, settings));
  });
  requireGoing(agent);
  const { safety } = settings.configuration;
  return await guardedLoad(machine, journal, update, {
    by,
    archive: level.sha256,
    wait: Math.ceil(safety['transition-limit'] / 1000),
    unmatched: safety.match === 'when-readable',
    sign: moduleGate(machine, settings.configuration.module, level.module.sha256),
    reporter,
    signal,
  });
}

/** An interruption that came before the kernel was touched keeps it from being touched. */
function requireGoing({ signal }: Agent): void {
  if (signal.aborted) throw new UptideError('INTERRUPTED', 'nothing was loaded');
}

/** Takes the live update out through the guard. */
async function unloadLive(agent: Agent, { settings, live }: Survey, by: Asker): Promise<UnloadOutcome> {
  requireGoing(agent);
  const { machine, journal, reporter, signal } = agent;
  const wait = Math.ceil(settings.configuration.safety['transition-limit'] / 1000);
  return await guardedUnload(machine, journal, live?.name, { by, wait, reporter, signal });
}
