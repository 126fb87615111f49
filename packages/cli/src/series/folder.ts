// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Reporter, UptideError, withLock } from '@uptide/base';
import type { FixProbe } from '@uptide/lab';
import { readInput } from '../shell/input.ts';
import { writeOutput } from '../shell/output.ts';
import type { LevelFiles } from './build.ts';
import { LOCK_FILE, parseLock, type SeriesLock } from './lock.ts';
import type { PlannedLevel, Series } from './model.ts';
import { parseSeries } from './parse.ts';
import { planLevels } from './plan.ts';
import { probePlace } from './probes.ts';

const SERIES_FILE = 'series.yaml';
/** Where the levels go when it is not said, beside series.yaml. */
const LEVELS_FOLDER = 'levels';

/** A series with all that lies beside it. */
export interface OpenedSeries {
  readonly file: string;
  readonly lockFile: string;
  /** Where the levels go when it is not said. */
  readonly levelsFolder: string;
  readonly series: Series;
  readonly plan: readonly PlannedLevel[];
  readonly lock: SeriesLock | undefined;
  /** The probes of all fixes that have one, by rising level. */
  readonly probes: readonly FixProbe[];
}

/** After this, a build that waits says so. */
const PATIENCE_MILLISECONDS = 1000;

/**
 * Works on a series while no other process does: the lock is on its folder.
 *
 * @param patience milliseconds after which it says that it waits
 * @throws UptideError FILE_UNREADABLE when there is no series; LOCKED
 */
export async function withSeries<T>(
  path: string,
  reporter: Pick<Reporter, 'note'>,
  work: () => Promise<T>,
  patience: number = PATIENCE_MILLISECONDS,
): Promise<T> {
  const file = await seriesFile(path);
  await readInput(file);
  const timer = setTimeout(() => reporter.note('waiting for another build of this series'), patience);
  try {
    return await withLock(dirname(file), async () => {
      clearTimeout(timer);
      return await work();
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Reads a series.
 *
 * @param path a series.yaml, or the folder that has one
 * @throws UptideError FILE_UNREADABLE, SERIES_INVALID, SERIES_LOCK_INVALID
 */
export async function openSeries(path: string): Promise<OpenedSeries> {
  const file = await seriesFile(path);
  const folder = dirname(file);
  const series = parseSeries(await readInput(file), file);
  const patches = new Map<string, Uint8Array>();
  for (const patch of series.entries.flatMap((entry) => entry.patches)) {
    patches.set(patch, await readInput(join(folder, patch)));
  }
  const lockFile = join(folder, LOCK_FILE);
  const locked = await readIfThere(lockFile);
  return {
    file,
    lockFile,
    levelsFolder: join(folder, LEVELS_FOLDER),
    series,
    plan: planLevels(series, patches),
    lock: locked === undefined ? undefined : parseLock(locked, lockFile),
    probes: await readProbes(series, folder),
  };
}

async function seriesFile(path: string): Promise<string> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isDirectory() === true ? join(path, SERIES_FILE) : path;
}

async function readProbes({ entries }: Series, folder: string): Promise<readonly FixProbe[]> {
  const probes: FixProbe[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = probePlace(entry, entries);
    if (place === undefined) continue;
    const path = join(folder, place.path);
    const bytes = place.named ? await readInput(path) : await readIfThere(path);
    if (bytes === undefined) continue;
    const undoing = entries.findIndex(({ undoes = [] }) => undoes.includes(entry.id));
    const until = undoing === -1 ? {} : { until: undoing + 1 };
    probes.push({ fix: entry.id, level: index + 1, ...until, script: Buffer.from(bytes).toString('utf8') });
  }
  return probes;
}

/** The files of levels in a folder, which is made when it is not there. */
export async function levelFiles(folder: string): Promise<LevelFiles> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UptideError('FILE_UNWRITABLE', reason, { place: { file: folder }, cause });
  }
  return {
    read: (name) => readIfThere(join(folder, name)),
    write: (name, bytes) => writeOutput(join(folder, name), bytes),
  };
}

/** What cannot be read for another reason than that it is not there is an error: it may be a lock. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  }
  return await readInput(path);
}
