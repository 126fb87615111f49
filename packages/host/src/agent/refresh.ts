// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import {
  cvesPath,
  cvesSchema,
  indexPath,
  indexSchema,
  rolloutPath,
  rolloutSchema,
  type StreamKernel,
} from '@uptide/stream';
import type { z } from 'zod';
import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import { formatMoment } from '../policy/moment.ts';
import type { FollowedStream } from './followed.ts';
import { about, type Known, readKnown, writeKnown } from './known.ts';

/** Files about one kernel; a thousand levels with their fixes have a tenth of it. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;

/**
 * Asks the stream for news about this kernel and keeps what is verified. Files that have not changed are not brought
 * again, so a look that finds nothing new costs the timestamp alone.
 *
 * @throws StreamError what is wrong with the stream; HostError HOST_STREAM_UNSOUND. What was known stays known, and
 * the attempt is noted.
 */
export async function refreshKnown(
  machine: Machine,
  kernel: StreamKernel,
  stream: FollowedStream,
): Promise<Known> {
  const before = about(await readKnown(machine), kernel);
  const date = formatMoment(machine.effects.time());
  try {
    await stream.refresh();
    const index = await take(stream, indexPath(kernel), indexSchema, before?.index, kernel);
    const rollout = await take(stream, rolloutPath(kernel), rolloutSchema, before?.rollout, kernel);
    const cves = await take(stream, cvesPath(kernel), cvesSchema, before?.cves, kernel);
    const { checked, expires } = stream.freshness();
    const known: Known = {
      ...empty(kernel, date),
      ...(checked === undefined ? {} : { checked: formatMoment(checked) }),
      ...(expires === undefined ? {} : { expires: formatMoment(expires) }),
      ...(index === undefined ? {} : { index }),
      ...(rollout === undefined ? {} : { rollout }),
      ...(cves === undefined ? {} : { cves }),
    };
    await writeKnown(machine, known);
    return known;
  } catch (error) {
    if (!(error instanceof UptideError) || error.code === 'INTERRUPTED') throw error;
    const reason = error.describe().slice(0, 4096);
    const attempt = { date, error: { code: error.code, reason } };
    await writeKnown(machine, { ...(before ?? empty(kernel, date)), attempt });
    throw error;
  }
}

function empty({ release, buildId, distribution }: StreamKernel, date: string): Known {
  return { schema: 1, kernel: { release, buildId }, distribution, attempt: { date } };
}

/** A file about a kernel, as one of the signed files of a stream has it. */
interface AboutKernel {
  readonly kernel: { readonly release: string; readonly buildId: string };
  readonly distribution?: string | undefined;
}

interface Kept<T> {
  readonly sha256: string;
  readonly content: T;
}

async function take<T extends AboutKernel>(
  stream: FollowedStream,
  path: string,
  schema: z.ZodType<T>,
  before: Kept<T> | undefined,
  kernel: StreamKernel,
): Promise<Kept<T> | undefined> {
  const info = await stream.info(path);
  if (info === undefined) return undefined;
  if (before?.sha256 === info.sha256) return before;
  if (info.length > MAX_FILE_BYTES) throw unsound(path, `it has more than ${MAX_FILE_BYTES} bytes`);
  const bytes = await stream.download(path);
  return { sha256: info.sha256, content: readFile(bytes, path, schema, kernel) };
}

/** A signature tells who said it, and not that it makes sense, or that it lies in the right place. */
function readFile<T extends AboutKernel>(
  bytes: Uint8Array,
  path: string,
  schema: z.ZodType<T>,
  kernel: StreamKernel,
): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unsound(path, 'this is not JSON');
  }
  const read = schema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw unsound(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has another form'}`);
  }
  const { kernel: named, distribution = kernel.distribution } = read.data;
  if (
    named.release !== kernel.release ||
    named.buildId !== kernel.buildId ||
    distribution !== kernel.distribution
  ) {
    throw unsound(path, `it is about ${distribution} ${named.release} ${named.buildId}`);
  }
  return read.data;
}

function unsound(path: string, reason: string): HostError {
  return new HostError('HOST_STREAM_UNSOUND', reason, { place: { file: path } });
}
