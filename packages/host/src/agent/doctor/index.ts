// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../../error.ts';
import { clearStop } from '../../guard/boots.ts';
import { type Agent, exclusively } from '../agent.ts';
import { writeReports } from '../reports.ts';
import { survey } from '../survey.ts';
import { boots } from './boots.ts';
import { clock } from './clock.ts';
import { configuration } from './configuration.ts';
import { kernel } from './kernel.ts';
import { kernelText } from './kernel-text.ts';
import type { Check, Diagnosis } from './model.ts';
import { owners } from './owners.ts';
import { service } from './service.ts';
import { stream } from './stream.ts';
import { switches } from './switches.ts';

/** All that is looked at, in the order in which it is told. */
const CHECKS: readonly Check[] = [
  configuration,
  switches,
  clock,
  stream,
  kernel,
  owners,
  boots,
  service,
  kernelText,
];

export interface DoctorOptions {
  /** Compare the running code of what was loaded in this boot. */
  readonly kernelText: boolean;
}

/** What one check found. */
export interface Examined {
  readonly name: string;
  readonly diagnoses: readonly Diagnosis[];
}

/**
 * Looks at everything that updates depend on, whether it is well or not. Nothing is changed but what a look at the
 * stream brings.
 *
 * @throws HostError HOST_CONFIG_INVALID, HOST_UNREADABLE, HOST_NOT_ROOT.
 */
export async function examineHost(agent: Agent, options: DoctorOptions): Promise<Examined[]> {
  return await exclusively(agent, async () => {
    const found = await survey(agent);
    const examined: Examined[] = [];
    for (const { name, asked, look } of CHECKS) {
      if (asked !== undefined && !options[asked]) continue;
      const diagnoses = await look(agent, found);
      if (diagnoses.length > 0) examined.push({ name, diagnoses });
    }
    return examined;
  });
}

/**
 * Lets updates be loaded again after a person has looked.
 *
 * @param id whose quarantine ends, or the beginning of one; the stop and every quarantine when not given.
 * @returns where a damaged journal was put.
 * @throws HostError HOST_NO_LEVEL when no update in quarantine has that id; HOST_JOURNAL_UNWRITABLE.
 */
export async function clearHost(agent: Agent, id?: string): Promise<{ readonly setAside?: string }> {
  return await exclusively(agent, async () => {
    const ids = id === undefined ? undefined : [await quarantinedId(agent, id)];
    const cleared = await clearStop(agent.machine, agent.journal, ids);
    await writeReports(agent);
    return cleared;
  });
}

async function quarantinedId({ journal }: Agent, id: string): Promise<string> {
  const { known } = await journal.state();
  const ids = known.filter(({ quarantined }) => quarantined !== undefined).map(({ update }) => update.id);
  const [only, second] = [...new Set(ids)].filter((one) => one.startsWith(id));
  if (only !== undefined && second === undefined && id !== '') return only;
  const what = second === undefined ? 'no update in quarantine has' : 'several updates in quarantine have';
  throw new HostError('HOST_NO_LEVEL', `${what} the id ${id}`, { remedy: 'See uptide doctor.' });
}
