// SPDX-License-Identifier: GPL-2.0-or-later
/** All that a publisher does to files. A test puts its own in between, to stop after any write and to look. */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, writeFileAtomically } from '@uptide/base';
import { StreamError } from '../error.ts';

export interface Disk {
  /** undefined when there is no such file. Reads `limit` bytes at most; more is STREAM_BAD_REPOSITORY. */
  readonly read: (path: string, limit: number) => Promise<Uint8Array | undefined>;
  /** Puts a file in place, durable, with the folders that it needs. */
  readonly write: (path: string, bytes: Uint8Array, mode?: number) => Promise<void>;
  /** Writes a file of which nothing is told to others until `settle` has ended. */
  readonly lay: (path: string, bytes: Uint8Array) => Promise<void>;
  /** Makes files durable that were laid or moved; all are on the file system of `folder`. */
  readonly settle: (folder: string, files: readonly string[]) => Promise<void>;
  /** Moves a file within the same file system; nothing when it was moved before. */
  readonly move: (from: string, to: string) => Promise<void>;
  /** Removes what writes left in a folder whose process was killed. */
  readonly sweep: (folder: string) => Promise<void>;
  /** Removes a file or a folder with all below it; nothing when it is not there. */
  readonly remove: (path: string) => Promise<void>;
}

/** What `writeFileAtomically` calls a file that is not whole yet. */
const TEMPORARY = /^\..*\.[0-9a-f]{12}\.tmp$/;

/** Above, one syncfs(2) is quicker, although it waits for what others write there, too. */
const MAX_FSYNCS = 256;

export const REAL_DISK: Disk = {
  read: async (path, limit) => {
    const file = await open(path, 'r').catch(absent);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      if (size > limit) {
        throw new StreamError('STREAM_BAD_REPOSITORY', `${size} bytes; the bound is ${limit}`, {
          place: { file: path },
        });
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  },
  write: async (path, bytes, mode) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, bytes, mode);
  },
  lay: async (path, bytes) => {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  },
  settle: async (folder, files) => {
    if (files.length > MAX_FSYNCS) {
      await run('sync', ['--file-system', folder], { package: 'coreutils' });
      return;
    }
    for (const path of files) await sync(path);
    for (const path of new Set(files.map(dirname))) await sync(path);
  },
  move: async (from, to) => {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to).catch(absent);
  },
  sweep: async (folder) => {
    const names = (await readdir(folder).catch(absent)) ?? [];
    for (const name of names) if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true });
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
};

/** Files that are worked on at a time: more than the four threads that Node has for them wait anyway. */
const AT_ONCE = 16;

/**
 * Does something with each of many files, some at a time.
 *
 * @throws the first error, after all that was begun has ended.
 */
export async function forMany<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const done = await Promise.allSettled(items.slice(at, at + AT_ONCE).map(work));
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
