// SPDX-License-Identifier: GPL-2.0-or-later
/** Why the last step of the agent did not come to its end, for the status; gone with the boot, or when one does. */
import { UptideError } from '@uptide/base';
import { fields } from '@uptide/stream';
import { z } from 'zod';
import type { LoadOutcome } from '../load.ts';
import type { Machine } from '../machine.ts';
import type { Step } from '../policy/model.ts';
import { formatMoment } from '../policy/moment.ts';
import type { UnloadOutcome } from '../unload.ts';
import { FILES } from './files.ts';
import { readStored, removeStored, writeStored } from './store.ts';

/** As many findings as anybody reads in a status. */
const MAX_REASONS = 20;

const schema = z.looseObject({
  schema: z.literal(1),
  date: fields.moment,
  what: z.string().max(200),
  reasons: z
    .array(z.looseObject({ code: z.string().max(64), reason: z.string().max(4096) }))
    .max(MAX_REASONS),
});

export type LastFailure = z.infer<typeof schema>;

export async function readLastFailure(machine: Machine): Promise<LastFailure | undefined> {
  return await readStored(machine, FILES.lastFailure, schema);
}

/** Runs a step; how it failed is noted, and that it did not. */
export async function noteOutcome<T extends LoadOutcome | UnloadOutcome>(
  machine: Machine,
  step: Step,
  work: () => Promise<T>,
): Promise<T> {
  const what = step.do === 'load' ? `loading level ${step.level.level}` : 'taking the live update out';
  const note = async (reasons: readonly { code: string; reason: string }[]): Promise<void> => {
    const date = formatMoment(machine.effects.time());
    const shown = reasons
      .slice(0, MAX_REASONS)
      .map(({ code, reason }) => ({ code, reason: reason.slice(0, 4096) }));
    await writeStored(
      machine,
      FILES.lastFailure,
      `${JSON.stringify({ schema: 1, date, what, reasons: shown })}\n`,
    );
  };
  try {
    const outcome = await work();
    if (outcome.state === 'live' || outcome.state === 'unloaded')
      await removeStored(machine, FILES.lastFailure);
    else await note(outcome.findings.filter(({ verdict }) => verdict === 'refuse'));
    return outcome;
  } catch (error) {
    const code = error instanceof UptideError ? error.code : 'INTERNAL';
    if (code !== 'INTERRUPTED')
      await note([{ code, reason: error instanceof Error ? error.message : String(error) }]);
    throw error;
  }
}
