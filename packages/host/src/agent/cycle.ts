// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { HostError } from '../error.ts';
import { judgeBoot, markShutdown, promote } from '../guard/boots.ts';
import { bootFacts, readKillSwitches } from '../guard/facts.ts';
import { type Reapplied, reapply } from '../guard/reapply.ts';
import type { LoadOutcome } from '../load.ts';
import { type Configuration, parseConfiguration } from '../policy/configuration.ts';
import type { Plan } from '../policy/model.ts';
import { planHost } from '../policy/plan.ts';
import { fits } from '../policy/rules/blocked.ts';
import type { UnloadOutcome } from '../unload.ts';
import { carryOut } from './act.ts';
import { type Agent, exclusively } from './agent.ts';
import { pruneUpdates } from './cache.ts';
import { refreshStream } from './check.ts';
import { FILES } from './files.ts';
import { readKnown } from './known.ts';
import { moduleGate } from './module-gate.ts';
import { writeReports } from './reports.ts';
import { readSettings } from './settings.ts';
import { planInput, type Survey, survey } from './survey.ts';

/** The timer may come a little early: a look is due so much before its time. */
const EARLY = 5 * 60_000;

/** What one round did. */
export interface Cycle {
  readonly found: Survey;
  readonly plan: Plan;
  readonly outcome?: LoadOutcome | UnloadOutcome;
  /** What kept it from asking the stream; what was known before still holds. */
  readonly trouble?: UptideError;
}

/**
 * One round of the service: judge the boot, look at what is on probation, ask the stream when that is due, make the
 * plan, do its step, write the reports. Kill switches are read anew in each, and again by the guard.
 *
 * @throws HostError and UptideError what no later round mends by itself; the reports are written all the same.
 */
export async function runCycle(agent: Agent): Promise<Cycle> {
  const { machine, journal } = agent;
  return await exclusively(agent, async () => {
    const { configuration } = await readSettings(machine);
    const switches = await readKillSwitches(machine);
    if (switches.all === undefined) {
      await judgeBoot(machine, journal);
      await promote(machine, journal, { hours: configuration.safety.probation / 3_600_000 });
    }
    const trouble = await refreshIfDue(agent, await survey(agent));
    const found = await survey(agent);
    const plan = planHost(planInput(found));
    const done = trouble === undefined ? { found, plan } : { found, plan, trouble };
    if (switches.all === undefined) await pruneUpdates(agent, plan.available?.sha256);
    if (plan.step === undefined) return { ...done, found: await writeReports(agent) };
    try {
      const outcome = await carryOut(agent, found, plan.step, 'agent');
      return { ...done, outcome, found: await writeReports(agent) };
    } catch (error) {
      await writeReports(agent);
      throw error;
    }
  });
}

/** Asks the stream for news, when the configuration says that it is time; what goes wrong is for the status. */
async function refreshIfDue(agent: Agent, found: Survey): Promise<UptideError | undefined> {
  const { policy, network } = found.settings.configuration;
  if (!found.subscribed || policy.mode === 'off' || found.switches.refresh !== undefined) return undefined;
  const last = found.known === undefined ? Number.NEGATIVE_INFINITY : Date.parse(found.known.attempt.date);
  const due = last + network['check-interval'] - EARLY;
  // A last time that lies in the future says that a clock was wrong, and nothing of when to look.
  if (last <= found.now && found.now < due) return undefined;
  try {
    await refreshStream(agent, found);
    return undefined;
  } catch (error) {
    if (!(error instanceof UptideError) || error.code === 'INTERRUPTED') throw error;
    return error;
  }
}

/**
 * Loads early in a boot what was live and trusted before, without the network; what the maker blocked stays out. A
 * slip in the configuration does not leave the machine without its fixes: the defaults hold then.
 */
export async function runBoot(agent: Agent): Promise<Reapplied> {
  const { machine, journal, reporter, signal } = agent;
  return await exclusively(agent, async () => {
    const { policy, safety, module } = await bootConfiguration(agent);
    const { kernel } = await bootFacts(machine);
    const known = await readKnown(machine);
    const blocks = known?.kernel.buildId === kernel.buildId ? (known.rollout?.content.blocks ?? []) : [];
    if (policy.mode === 'off') {
      await judgeBoot(machine, journal);
      return { passedOver: [] };
    }
    const result = await reapply(machine, journal, {
      wait: Math.ceil(safety['transition-limit'] / 1000),
      reporter,
      signal,
      sign: moduleGate(machine, module),
      blocked: ({ level }, everLoaded) => {
        const trust = { quarantined: new Set<string>(), stopped: undefined, everLoaded: new Set(everLoaded) };
        return blocks.find((block) => fits(block, level, kernel.buildId, trust))?.reason;
      },
    });
    await writeReports(agent).catch((error: unknown) => reporter.note(String(error)));
    return result;
  });
}

async function bootConfiguration({ machine, reporter }: Agent): Promise<Configuration> {
  try {
    return (await readSettings(machine)).configuration;
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'HOST_CONFIG_INVALID') throw error;
    reporter.note(`going on with the defaults: ${error.describe()}`);
    return parseConfiguration('', FILES.configuration);
  }
}

/**
 * Notes that the machine goes down in order. Without the lock of the agent: a round that is ended by the shutdown may
 * hold it, and the journal has a lock of its own.
 */
export async function runShutdown({ machine, journal }: Agent): Promise<void> {
  await markShutdown(machine, journal);
}
