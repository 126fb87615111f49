// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Packs a stream, or a part of it, into one file to be carried over an air gap. It is mirrored into a folder beside
 * the file first, verified as every mirror is; a process that is killed leaves the folder, and the next one goes on
 * there. Equal streams, filters and ends give equal files.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { withLock } from '@uptide/base';
import { StreamError } from '../error.ts';
import type { ExportFile } from '../formats/export-file.ts';
import { type MirrorOptions, type MirrorReport, mirrorInto } from '../mirror/mirror.ts';
import { MirrorFolder } from '../mirror/mirror-folder.ts';
import { writeArchive } from './archive.ts';
import { endOfDay, MAX_LATE_DAYS, MAX_LATENESS } from './lateness.ts';

export interface ExportOptions extends Omit<MirrorOptions, 'verify' | 'pruneAfter' | 'root'> {
  /** The root to verify with; an export keeps no trust. */
  readonly root: Uint8Array;
  /** The file to write. */
  readonly file: string;
  /** The last day on which it may be imported, YYYY-MM-DD. */
  readonly expires: string;
}

export interface ExportReport extends MirrorReport {
  /** Files in the export, metadata included. */
  readonly files: number;
}

/**
 * Makes an export.
 *
 * @throws StreamError STREAM_EXPORT_TOO_LONG when its end is past, or later than an importer would accept; and what
 * `mirrorStream` throws.
 */
export async function exportStream(options: ExportOptions): Promise<ExportReport> {
  const path = resolve(options.file);
  // Of the folder, so that no file of a lock stays behind.
  return await withLock(dirname(path), () => exportTo(path, options));
}

async function exportTo(path: string, options: ExportOptions): Promise<ExportReport> {
  const { expires, filter, now } = options;
  const folder = join(dirname(path), `.${basename(path)}.export`);
  const mirror = new MirrorFolder(folder);
  const report = await mirrorInto(mirror, { ...options, pruneAfter: 0 });
  checkEnd(expires, now(), report.freshness.expires ?? 0);
  const names = [...(await mirror.served())].sort();
  const files: ExportFile['files'][number][] = [];
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    files.push({
      path: name,
      length: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  }
  await writeArchive(path, { schema: 1, expires, carries: filter, files }, (name) =>
    readFile(join(folder, name)),
  );
  await rm(folder, { recursive: true });
  return { ...report, files: files.length };
}

function checkEnd(expires: string, now: number, timestampEnds: number): void {
  if (endOfDay(expires) <= now) throw tooLong(`${expires} is past`);
  const latest = timestampEnds + MAX_LATENESS.milliseconds;
  if (endOfDay(expires) <= latest) return;
  const day = new Date(latest).toISOString().slice(0, 10);
  throw tooLong(
    `an importer takes it until ${day} at most, ${MAX_LATE_DAYS} days after the end of its timestamp`,
  );
}

function tooLong(reason: string): StreamError {
  return new StreamError('STREAM_EXPORT_TOO_LONG', reason);
}
