// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UptideError } from '@uptide/base';
import { readInput } from '../shell/input.ts';
import { writeOutput } from '../shell/output.ts';
import type { LevelFiles } from './build.ts';
import { LOCK_FILE, parseLock, type SeriesLock } from './lock.ts';
import type { PlannedLevel, Series } from './model.ts';
import { parseSeries } from './parse.ts';
import { planLevels } from './plan.ts';

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
}

/**
 * Reads a series.
 *
 * @param path a series.yaml, or the folder that has one
 * @throws UptideError FILE_UNREADABLE, SERIES_INVALID, SERIES_LOCK_INVALID
 */
export async function openSeries(path: string): Promise<OpenedSeries> {
  const facts = await stat(path).catch(() => undefined);
  const file = facts?.isDirectory() === true ? join(path, SERIES_FILE) : path;
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
  };
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
