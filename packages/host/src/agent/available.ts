// SPDX-License-Identifier: GPL-2.0-or-later
import type { CvesFile } from '@uptide/stream';
import { type ListedLevel, listLevels } from '../policy/levels.ts';
import type { Agent } from './agent.ts';
import { planInput, survey } from './survey.ts';

/** What is known of the stream for the kernel that runs. */
export interface Available {
  readonly kernel: string;
  readonly levels: readonly ListedLevel[];
  /** By id, where the stream says more of a CVE than which level closes it. */
  readonly cves: CvesFile['cves'];
}

/** Reads what is known of the stream; nobody is asked. */
export async function readAvailable(agent: Agent): Promise<Available> {
  const found = await survey(agent);
  return {
    kernel: found.boot.kernel.release,
    levels: listLevels(planInput(found)),
    cves: found.known?.cves?.content.cves ?? {},
  };
}
