// SPDX-License-Identifier: GPL-2.0-or-later
import { fields } from '@uptide/stream';
import { z } from 'zod';
import type { Machine } from '../machine.ts';
import type { TakenBack } from '../policy/model.ts';
import { formatMoment } from '../policy/moment.ts';
import { FILES } from './files.ts';
import { readStored, removeStored, writeStored } from './store.ts';

const schema = z.looseObject({
  schema: z.literal(1),
  above: z.int().nonnegative(),
  since: fields.moment,
});

/** Which levels a keeper took back by hand; see `policy/rules/taken-back.ts`. */
export async function readTakenBack(machine: Machine): Promise<TakenBack | undefined> {
  const read = await readStored(machine, FILES.takenBack, schema);
  if (read !== undefined || (await machine.bytes(FILES.takenBack)) === undefined) return read;
  // Something was taken back; that it cannot be read any more does not undo it.
  return { above: 0, since: 'a day that cannot be read any more' };
}

/** Notes, before anything is taken back, that the agent is not to bring levels above this one again. */
export async function noteTakenBack(machine: Machine, above: number): Promise<void> {
  const value = { schema: 1, above, since: formatMoment(machine.effects.time()) };
  await writeStored(machine, FILES.takenBack, `${JSON.stringify(value)}\n`);
}

/** A keeper brought a level by hand: what was taken back before counts no more. */
export async function forgetTakenBack(machine: Machine): Promise<void> {
  await removeStored(machine, FILES.takenBack);
}
