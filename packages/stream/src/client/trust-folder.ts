// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The client's own files: the trusted metadata under its plain names, as it was served, and beside it, hidden, what it
 * takes to open again after any damage.
 *
 * ```
 * root.json timestamp.json snapshot.json targets.json debian-12.json ...
 * .uptide/subscribed.root.json    where trust begins; never changed
 * .uptide/roots/N.root.json       every root since: the way from there to root.json
 * .uptide/timestamp.json          second copies of what says which versions must not be rolled back
 * .uptide/snapshot.json
 * .uptide/clock.json clock.copy.json
 * .uptide/lock
 * ```
 *
 * Each file is replaced as a whole (temporary file, fsync, rename, fsync of the folder), the hidden copy before the
 * plain one, so that after every write there is one of both that is whole and at least as new as before.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock, writeFileAtomically } from '@uptide/base';
import { StreamError } from '../error.ts';
import { type ClockMemory, readClock } from '../trust/clock.ts';
import type { TrustStore } from '../trust/held.ts';
import { firstRoot } from '../trust/rules.ts';

const HIDDEN = '.uptide';
const SUBSCRIBED = 'subscribed.root.json';
const ROOT_FILE = /^([1-9]\d{0,15})\.root\.json$/;
/** What a write that was killed leaves behind; see `writeFileAtomically`. */
const TEMPORARY = /^\..*\.[0-9a-f]{12}\.tmp$/;
const CLOCK_FILES = ['clock.json', 'clock.copy.json'] as const;
/** Roles whose files say what must not be rolled back. */
const TWICE: readonly string[] = ['timestamp', 'snapshot'];

/** The store in a folder, with what only its owner does. */
export interface TrustFolder extends TrustStore {
  readonly readClock: () => Promise<ClockMemory | undefined>;
  readonly keepClock: (memory: ClockMemory) => Promise<void>;
  /** Runs `work` while no other process writes here. @throws UptideError LOCKED after ten minutes. */
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Makes a folder in which a stream is followed; what was trusted there before is forgotten. Files of delegated roles
 * stay: they count for nothing until a snapshot names them.
 *
 * @param root the bytes of the root that the makers of the stream published.
 * @throws StreamError when this is not a root that is signed by itself.
 */
export async function subscribeFolder(folder: string, root: Uint8Array): Promise<void> {
  const { version } = firstRoot(root).signed;
  await rm(join(folder, HIDDEN), { recursive: true, force: true });
  for (const role of ['timestamp', 'snapshot', 'targets'])
    await rm(join(folder, `${role}.json`), { force: true });
  await mkdir(join(folder, HIDDEN, 'roots'), { recursive: true });
  await trustFolder(folder).keepRoot(version, root);
  await writeFileAtomically(join(folder, HIDDEN, SUBSCRIBED), root);
}

/** The store in a folder; nothing is read yet. */
export function trustFolder(folder: string): TrustFolder {
  const plain = (role: string): string => join(folder, `${encodeURIComponent(role)}.json`);
  const hidden = (...names: readonly string[]): string => join(folder, HIDDEN, ...names);
  return {
    embeddedRoot: () => readIfThere(hidden(SUBSCRIBED)),
    rootCopies: (version) => readThose([hidden('roots', `${version}.root.json`), plain('root')]),
    newestRoot: async () => {
      const versions = (await namesIn(hidden('roots'))).map((name) => Number(ROOT_FILE.exec(name)?.[1] ?? 0));
      return Math.max(0, ...versions);
    },
    copies: (role) => readThose([plain(role), ...(TWICE.includes(role) ? [hidden(`${role}.json`)] : [])]),
    keepRoot: async (version, bytes) => {
      await replace(hidden('roots', `${version}.root.json`), bytes);
      await replace(plain('root'), bytes);
    },
    keep: async (role, bytes) => {
      if (TWICE.includes(role)) await replace(hidden(`${role}.json`), bytes);
      await replace(plain(role), bytes);
    },
    readClock: async () => readClock(await readThose(CLOCK_FILES.map((name) => hidden(name)))),
    keepClock: async (memory) => {
      const bytes = Buffer.from(`${JSON.stringify(memory)}\n`);
      for (const name of CLOCK_FILES) await replace(hidden(name), bytes);
    },
    locked: async (work) => {
      if ((await readIfThere(hidden(SUBSCRIBED))) === undefined)
        throw new StreamError('STREAM_NO_ROOT', 'this folder follows no stream', { place: { file: folder } });
      return await withLock(hidden('lock'), async () => {
        for (const each of [folder, hidden(), hidden('roots')]) await removeTemporaries(each);
        return await work();
      });
    },
  };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const before = await readIfThere(path);
  if (before === undefined || !before.equals(bytes)) await writeFileAtomically(path, bytes);
}

async function readThose(paths: readonly string[]): Promise<Buffer[]> {
  const found = await Promise.all(paths.map(readIfThere));
  return found.filter((bytes) => bytes !== undefined);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
