// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * The store: kernels and packages on the disk, safe against being ended at any moment.
 *
 *   kernels/RELEASE/          a finished baseline; appears whole by one rename(2), never changes
 *   packages/SHA256.deb       packages, by content
 *   staging/OWNER.RANDOM/     work in progress of whoever holds locks/OWNER.lock
 *   locks/OWNER.lock          empty files for flock(2); OWNER is a release or a package's digest
 *
 * Whatever is written is written in a staging folder and renamed when it is whole and on the disk. So
 * after kill -9 there is nothing half-made but staging folders, whose lock is free, since the system drops
 * locks of the dead: the next run takes each free lock for a moment and removes what lies there. Names
 * of staging folders are random, so that children of a killed run that still write disturb nobody.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { run, withLock } from '@uptide/base';
import { exists, syncPath } from './files.ts';

/** The paths of a store. */
export interface Store {
  readonly root: string;
  readonly kernels: string;
  readonly packages: string;
  readonly staging: string;
  readonly locks: string;
}

/** The store in the given folder; the folder need not exist. */
export function storeAt(folder: string): Store {
  const root = resolve(folder);
  return {
    root,
    kernels: join(root, 'kernels'),
    packages: join(root, 'packages'),
    staging: join(root, 'staging'),
    locks: join(root, 'locks'),
  };
}

/** Where the store is when nothing is said: `$XDG_CACHE_HOME/uptide`, else `~/.cache/uptide`. */
export function defaultStore(environment: Readonly<Record<string, string | undefined>> = process.env): Store {
  const cache = environment.XDG_CACHE_HOME;
  // The XDG base directory specification: a relative path is invalid and is to be ignored.
  const base =
    cache !== undefined && isAbsolute(cache) ? cache : join(environment.HOME ?? homedir(), '.cache');
  return storeAt(join(base, 'uptide'));
}

/** Makes the folders of a store. */
export async function makeStore(store: Store): Promise<void> {
  for (const folder of [store.kernels, store.packages, store.staging, store.locks]) {
    await mkdir(folder, { recursive: true });
  }
}

/** Runs `work` as the only process that changes what `owner` (a release or a digest) stands for. */
export async function withOwner<T>(store: Store, owner: string, work: () => Promise<T>): Promise<T> {
  return await withLock(lockOf(store, owner), work);
}

function lockOf(store: Store, owner: string): string {
  return join(store.locks, `${owner}.lock`);
}

/**
 * Runs `work` with a new staging folder of `owner`, whose lock the caller holds, and removes afterwards
 * what is left of it. Remains of earlier runs of the same owner go before and, since a child of a killed
 * run may write on for some seconds, once more after.
 */
export async function withStaging<T>(
  store: Store,
  owner: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await removeStaging(store, owner);
  const folder = join(store.staging, `${owner}.${randomBytes(6).toString('hex')}`);
  await mkdir(folder);
  try {
    return await work(folder);
  } finally {
    await removeStaging(store, owner);
  }
}

async function removeStaging(store: Store, owner: string): Promise<void> {
  for (const name of await stagingNames(store)) {
    if (ownerOf(name) === owner) await removeTree(join(store.staging, name));
  }
}

/** Removes the remains of runs that were ended: staging folders whose lock nobody holds. */
export async function sweep(store: Store): Promise<void> {
  for (const name of await stagingNames(store)) {
    const folder = join(store.staging, name);
    // flock(1) takes the lock, removes and lets go in one process that dies with nothing half-said.
    const args = ['--nonblock', lockOf(store, ownerOf(name)), 'sh', '-c', REMOVE, 'sh', folder];
    await run('flock', args, { anyStatus: true, package: 'util-linux' });
  }
}

/** Finished trees are read-only; a folder that cannot be written to cannot be emptied. */
const REMOVE = 'find "$1" -type d ! -perm -u+w -exec chmod u+w {} + 2>/dev/null; exec rm -rf -- "$1"';

/** Removes a folder with all that it holds, also what is read-only. */
export async function removeTree(folder: string): Promise<void> {
  if (!(await exists(folder))) return;
  await run('sh', ['-c', REMOVE, 'sh', folder], { anyStatus: true });
}

async function stagingNames(store: Store): Promise<string[]> {
  return (await readdir(store.staging)).sort();
}

/** `6.1.0-50-amd64.3f2a...`: the owner is all before the last dot. */
function ownerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

/** Moves a finished folder to its place at once, after everything in it is on the disk. */
export async function publish(folder: string, place: string): Promise<void> {
  // One syncfs(2) for 90,000 files instead of an fsync for each.
  await run('sync', ['--file-system', folder], { package: 'coreutils' });
  await rename(folder, place);
  await syncPath(dirname(place));
}
