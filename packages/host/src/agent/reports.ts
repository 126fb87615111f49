// SPDX-License-Identifier: GPL-2.0-or-later
import { planHost } from '../policy/plan.ts';
import { statusOfHost } from '../report/of-host.ts';
import { openVex } from '../report/openvex.ts';
import { prometheusText } from '../report/prometheus.ts';
import { type Status, statusSchema } from '../report/status.ts';
import { blockersOf } from '../transition.ts';
import type { Agent } from './agent.ts';
import { FILES } from './files.ts';
import { readLastFailure } from './last-outcome.ts';
import { readStored, removeStored, writeStored } from './store.ts';
import { planInput, type Survey, survey } from './survey.ts';

/** A host and its status. */
export interface Told {
  readonly found: Survey;
  readonly status: Status;
}

/**
 * The status of a host now. A user who may not read the secret of the host is told what the agent wrote last.
 *
 * @throws HostError HOST_CONFIG_INVALID, HOST_UNREADABLE.
 */
export async function readStatus(agent: Agent): Promise<Status> {
  const { machine } = agent;
  if (!machine.effects.isRoot()) {
    const written = await readStored(machine, FILES.status, statusSchema);
    if (written !== undefined) return written;
  }
  return (await tell(agent)).status;
}

/** Looks at the host and makes its status. */
async function tell(agent: Agent): Promise<Told> {
  const { machine } = agent;
  const found = await survey(agent);
  const { settings, known, live, boot } = found;
  const blocking = live?.inTransition === true ? await blockersOf(machine, live.name, 1) : [];
  const status = statusOfHost({
    now: found.now,
    agent: agent.version,
    kernel: boot.kernel,
    boot: { id: boot.boot, uptime: boot.uptime },
    plan: planHost(planInput(found)),
    live,
    liveLevel: found.liveLevel,
    blocking: blocking.map(({ reason }) => reason),
    journal: found.journal,
    stream: found.subscribed
      ? {
          url: settings.configuration.stream.url ?? '',
          channel: settings.configuration.policy.channel,
          distribution: settings.distribution,
          checked: known?.checked,
          expires: known?.expires,
          attempt: known?.attempt,
        }
      : undefined,
    index: known?.index?.content,
    cves: known?.cves?.content,
    failure: await readLastFailure(machine),
  });
  return { found, status };
}

/**
 * Writes what others read of this host: the status, and what the configuration asks for. A report that cannot be
 * written keeps nothing else from being done.
 */
export async function writeReports(agent: Agent): Promise<Survey> {
  const { machine, reporter } = agent;
  const { found, status } = await tell(agent);
  const { prometheus, openvex } = found.settings.configuration.report;
  await writeStored(machine, FILES.status, `${JSON.stringify(status)}\n`);
  const document = openVex(status);
  const wanted: readonly (readonly [path: string | undefined, content: string | undefined])[] = [
    [prometheus, prometheusText(status)],
    [openvex, document === undefined ? undefined : `${JSON.stringify(document, undefined, 2)}\n`],
  ];
  for (const [path, content] of wanted) {
    if (path === undefined) continue;
    try {
      // Nothing to state: what stood there was true of another time.
      if (content === undefined) await removeStored(machine, below(path));
      else await writeStored(machine, below(path), content);
    } catch (error) {
      reporter.note(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

/** A path of the configuration as one of the machine. */
function below(path: string): string {
  return path.replace(/^\/+/, '');
}
