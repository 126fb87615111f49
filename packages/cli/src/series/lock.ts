// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lock file: which levels are published, and what they were made of.
 *
 * Machines run a published level and are named its fixes by it. So the patches it was made of, what its entry says
 * and the bytes of its update stay as they are; whoever wants something else makes a new level. The lock file stands
 * beside series.yaml and belongs into version control with it. Each level lists only the patches of its own entry:
 * those before are in the levels before.
 *
 * Proofs and sign-offs come into an update after it is made; the digest is of the update without them.
 */
import { CATALOGUE, type Finding, UptideError } from '@uptide/base';
import { z } from 'zod';
import { levelFile, type PlannedLevel } from './model.ts';
import { MAX_ENTRIES } from './parse.ts';

export const LOCK_FILE = 'series.lock.json';
/** Over what `MAX_ENTRIES` levels of some patches take. */
const MAX_LOCK_BYTES = 16 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const lockSchema = z.looseObject({
  schema: z.literal(1),
  kernel: z.string(),
  levels: z
    .array(
      z.looseObject({
        level: z.int().min(1),
        id: z.string(),
        entry: sha256,
        patches: z.array(z.looseObject({ path: z.string(), sha256 })),
        update: sha256,
      }),
    )
    .max(MAX_ENTRIES)
    .refine((levels) => levels.every(({ level }, index) => level === index + 1), 'levels are not 1, 2, 3...'),
});

/** What is recorded of the published levels, level 1 first. */
export type SeriesLock = z.infer<typeof lockSchema>;
export type LockedLevel = SeriesLock['levels'][number];

/** @throws UptideError SERIES_LOCK_INVALID */
export function parseLock(bytes: Uint8Array, file: string): SeriesLock {
  const invalid = (reason: string, cause?: unknown): UptideError =>
    new UptideError('SERIES_LOCK_INVALID', reason, { place: { file }, cause });
  if (bytes.length > MAX_LOCK_BYTES) throw invalid(`it is larger than ${MAX_LOCK_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const read = lockSchema.safeParse(value);
  if (!read.success) throw invalid(z.prettifyError(read.error));
  return read.data;
}

/** The lock file of levels with the SHA-256 of each one's update. */
export function printLock(
  kernel: string,
  levels: readonly { readonly plan: PlannedLevel; readonly update: string }[],
): string {
  const lock: SeriesLock = {
    schema: 1,
    kernel,
    levels: levels.map(({ plan, update }) => ({
      level: plan.level,
      id: plan.entry.id,
      entry: plan.entryDigest,
      patches: plan.own.map((patch) => ({ ...patch })),
      update,
    })),
  };
  return `${JSON.stringify(lock, undefined, 2)}\n`;
}

/** What a series changes of the levels that are published; nothing when it only adds to them. */
export function compareWithLock(
  { kernel, levels }: SeriesLock,
  series: { readonly kernel: string; readonly file: string },
  plan: readonly PlannedLevel[],
): Finding[] {
  if (kernel !== series.kernel) {
    return [
      levelChanged(series.file, `the published levels are for ${kernel}, this is for ${series.kernel}`),
    ];
  }
  return levels.flatMap((locked) => compareLevel(locked, plan[locked.level - 1], series.file));
}

function compareLevel(locked: LockedLevel, planned: PlannedLevel | undefined, file: string): Finding[] {
  const name = `level ${locked.level} (${locked.id})`;
  if (planned === undefined) return [levelChanged(file, `${name} is published and is not there any more`)];
  if (planned.entry.id !== locked.id) {
    return [levelChanged(file, `${name} is published, and ${planned.entry.id} stands in its place`)];
  }
  const digests = new Map(planned.own.map(({ path, sha256 }) => [path, sha256]));
  const patches = locked.patches.flatMap((patch) => {
    const digest = digests.get(patch.path);
    if (digest === patch.sha256) return [];
    const what = digest === undefined ? 'is not in its entry any more' : 'was changed';
    return [levelChanged(patch.path, `${name} is published, and this patch of it ${what}`)];
  });
  if (patches.length > 0 || planned.entryDigest === locked.entry) return patches;
  return [levelChanged(file, `${name} is published, and its entry says something else now`)];
}

/** Says that an update of a published level is another when it is made again. */
export function updateChanged({ level, id }: LockedLevel): Finding {
  const reason = `level ${level} (${id}) is published, and what is made now has other bytes`;
  return levelChanged(
    levelFile(level),
    reason,
    'Restore the published file, or build with the kernel packages and the Uptide that made it.',
  );
}

function levelChanged(
  file: string,
  reason: string,
  remedy: string = CATALOGUE.SERIES_LEVEL_CHANGED.remedy,
): Finding {
  return { code: 'SERIES_LEVEL_CHANGED', verdict: 'refuse', place: { file }, reason, remedy };
}
