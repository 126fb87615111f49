// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What the host knows of its stream: the files about its kernel as they were last verified. From here come plan and
 * status when nobody can be asked; it says until when it holds, and what has ended brings nothing new.
 */
import { cvesSchema, fields, indexSchema, rolloutSchema, type StreamKernel } from '@uptide/stream';
import { z } from 'zod';
import type { Machine } from '../machine.ts';
import { FILES } from './files.ts';
import { readStored, writeStored } from './store.ts';

function kept<T>(
  content: z.ZodType<T>,
): z.ZodOptional<z.ZodObject<{ sha256: z.ZodString; content: z.ZodType<T> }>> {
  return z.object({ sha256: fields.sha256, content }).optional();
}

const knownSchema = z.looseObject({
  schema: z.literal(1),
  /** The kernel that the files are about; another one makes them worthless. */
  kernel: z.looseObject({ release: fields.release, buildId: fields.buildId }),
  distribution: fields.distribution,
  /** When the stream was last reached and believed, and when that ends. */
  checked: fields.moment.optional(),
  expires: fields.moment.optional(),
  index: kept(indexSchema),
  rollout: kept(rolloutSchema),
  cves: kept(cvesSchema),
  /** The last attempt to reach it, whether it went well or not. */
  attempt: z.looseObject({
    date: fields.moment,
    error: z.looseObject({ code: z.string().max(64), reason: z.string().max(4096) }).optional(),
  }),
});

/** What is known of the stream. */
export type Known = z.infer<typeof knownSchema>;

export async function readKnown(machine: Machine): Promise<Known | undefined> {
  return await readStored(machine, FILES.known, knownSchema);
}

export async function writeKnown(machine: Machine, known: Known): Promise<void> {
  await writeStored(machine, FILES.known, `${JSON.stringify(known)}\n`);
}

/** What is known, as far as it is about this kernel. */
export function about(known: Known | undefined, kernel: StreamKernel): Known | undefined {
  const same =
    known?.kernel.release === kernel.release &&
    known.kernel.buildId === kernel.buildId &&
    known.distribution === kernel.distribution;
  return same ? known : undefined;
}
