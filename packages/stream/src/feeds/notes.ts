// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The maker's notes on CVEs: a journal in the order of time, to which is only ever added. Of several notes on a
 * CVE the last one counts; the earlier ones stay, so that the history of what was said can be told.
 */
import { CATALOGUE, type Finding } from '@uptide/base';
import { z } from 'zod';
import { StreamError } from '../error.ts';
import { cveId, level, release } from '../formats/fields.ts';
import type { KernelIndex } from '../formats/index-file.ts';
import { severity } from '../update/schema.ts';
import { type CveFix, standingFixes } from './fixes.ts';

/** Notes of a file; the kernel gets some 5,000 CVEs a year, of which few touch one configuration. */
export const MAX_NOTES = 20_000;

/** A sentence or two. */
const words = z.string().min(1).max(4096);

/** One note. */
const noteSchema = z
  .strictObject({
    cve: cveId,
    status: z.enum(['fixed', 'mitigated', 'not-patchable', 'not-affected', 'pending']),
    /** The day on which it was judged. */
    date: z.iso.date(),
    reason: words.optional(),
    reference: z.httpUrl().max(2048).optional(),
    severity: severity.optional(),
    /** The first level that fixes or mitigates it. */
    since: level.optional(),
  })
  .refine(({ status, since }) => (since !== undefined) === BY_LEVELS.has(status), {
    message: '`since` belongs to fixed and mitigated, and to these alone',
  })
  .refine(({ status, reason }) => reason !== undefined || !NEEDS_REASON.has(status), {
    message: 'this status needs a reason',
  });

/** What a maker says of one CVE. */
export type CveNote = z.infer<typeof noteSchema>;

const BY_LEVELS: ReadonlySet<string> = new Set(['fixed', 'mitigated']);
const NEEDS_REASON: ReadonlySet<string> = new Set(['mitigated', 'not-patchable', 'not-affected']);

const notesSchema = z.strictObject({
  schema: z.literal(1),
  kernel: release,
  notes: z
    .array(noteSchema)
    .max(MAX_NOTES)
    .refine((notes) => notes.every(({ date }, at) => date >= (notes[at - 1]?.date ?? '')), {
      message: 'notes stand in the order of their dates: a new one goes to the end',
    }),
});

/**
 * Reads notes that were parsed from YAML or JSON.
 *
 * @param file its name, for messages
 * @throws StreamError STREAM_NOTES_INVALID
 */
export function readNotes(
  value: unknown,
  file: string,
): { readonly kernel: string; readonly notes: readonly CveNote[] } {
  const read = notesSchema.safeParse(value);
  if (read.success) return read.data;
  throw new StreamError('STREAM_NOTES_INVALID', z.prettifyError(read.error), { place: { file } });
}

/** The note that counts for each CVE, by CVE. */
export function lastNotes(notes: readonly CveNote[]): ReadonlyMap<string, CveNote> {
  return new Map(notes.map((note) => [note.cve, note]));
}

/**
 * Where notes say something else than the levels do; all of it. A level overtakes what was noted before it: `pending`
 * ends by itself when the fix comes. Only that a kernel never had a fault stands against a level that fixes it.
 */
export function judgeNotes(index: KernelIndex, notes: readonly CveNote[]): Finding[] {
  const { fixed } = standingFixes(index);
  const standing = new Map(index.levels.filter(isStanding).map(({ level, date }) => [level, date]));
  return [...lastNotes(notes).values()].flatMap((note) => {
    const reason = contradiction(note, fixed.get(note.cve), standing);
    if (reason === undefined) return [];
    const { remedy } = CATALOGUE.STREAM_NOTE_CONTRADICTS;
    return [{ code: 'STREAM_NOTE_CONTRADICTS', verdict: 'refuse', place: {}, reason, remedy }];
  });
}

function isStanding({ withdrawn }: KernelIndex['levels'][number]): boolean {
  return withdrawn === undefined;
}

function contradiction(
  { cve, status, since, date }: CveNote,
  fix: CveFix | undefined,
  standing: ReadonlyMap<number, string>,
): string | undefined {
  const published = fix === undefined ? undefined : standing.get(fix.since)?.slice(0, date.length);
  if (published !== undefined && status !== 'not-affected' && date <= published) return undefined;
  if (fix !== undefined && status !== 'fixed')
    return `${cve} is ${status} here, and fixed by level ${fix.since}`;
  if (fix !== undefined && since !== fix.since) {
    return `${cve} is fixed since level ${since} here, and since level ${fix.since} by the levels`;
  }
  if (since !== undefined && !standing.has(since)) return `${cve}: there is no level ${since} to be had`;
  return undefined;
}
