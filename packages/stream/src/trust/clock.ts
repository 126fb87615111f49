// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The clock as a witness. All that TUF says against a frozen stream rests on the end of the metadata, and so on a
 * clock that whoever answers NTP may set. A clock that is put back makes what has ended look fresh again; so the
 * latest time that was ever shown is remembered, the end of metadata is judged by it, and a clock that is far behind
 * it stops the refresh.
 */
import { z } from 'zod';
import { StreamError } from '../error.ts';
import { CLOCK_TOLERANCE_MS } from './limits.ts';

const moment = z.int().nonnegative();

export const clockSchema = z.object({
  schema: z.literal(1),
  /** The latest time that the clock has shown at a refresh. */
  latest: moment,
  /** The last refresh that accepted a timestamp. */
  checked: moment.optional(),
  /** The version of the trusted timestamp, and when it was first seen. */
  seen: z.object({ version: z.int().positive(), since: moment }).optional(),
});

/** What is remembered of time between two refreshes. Moments are milliseconds since 1970. */
export type ClockMemory = z.infer<typeof clockSchema>;

/**
 * Looks at the clock before a refresh.
 *
 * @returns what to remember from now on; its `latest` is the time by which ends are judged.
 * @throws StreamError STREAM_CLOCK_BACK when the clock is behind what it has shown before.
 */
export function lookAtClock(memory: ClockMemory | undefined, now: number): ClockMemory {
  const latest = memory?.latest ?? 0;
  if (!Number.isSafeInteger(now))
    throw new StreamError('STREAM_CLOCK_BACK', 'there is no clock that can be read');
  if (now + CLOCK_TOLERANCE_MS < latest) {
    const reason = `the clock says ${formatMoment(now)} and has said ${formatMoment(latest)} before`;
    throw new StreamError('STREAM_CLOCK_BACK', reason);
  }
  return { ...memory, schema: 1, latest: Math.max(latest, now) };
}

/** What to remember after a refresh that accepted this timestamp. */
export function afterRefresh(memory: ClockMemory, timestampVersion: number): ClockMemory {
  const { latest, seen } = memory;
  const since = seen?.version === timestampVersion ? seen.since : latest;
  return { ...memory, checked: latest, seen: { version: timestampVersion, since } };
}

/** The memory of two copies, of which the later one counts; undefined when none can be read. */
export function readClock(copies: readonly Uint8Array[]): ClockMemory | undefined {
  const read = copies.flatMap((bytes) => {
    try {
      return [clockSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))];
    } catch {
      return [];
    }
  });
  return read.toSorted((one, other) => other.latest - one.latest)[0];
}

function formatMoment(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
