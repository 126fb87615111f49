// SPDX-License-Identifier: GPL-2.0-or-later
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UptideError } from '@uptide/base';
import { KernelError } from '../error.ts';
import { checkRelease } from '../packages/release.ts';
import { exists, syncPath } from '../store/files.ts';
import { packagePath } from '../store/package-cache.ts';
import { defaultStore, makeStore, type Store, sweep, withOwner, withStaging } from '../store/store.ts';
import { type BaselineRecord, FILES, readRecord } from './record.ts';
import { measureTree } from './tree.ts';

/** A kernel of the store: its record, or why that cannot be read. */
export type ListedBaseline =
  | { readonly release: string; readonly record: BaselineRecord }
  | { readonly release: string; readonly problem: UptideError };

/** A baseline with what it takes on the disk besides. */
export interface ShownBaseline {
  readonly record: BaselineRecord;
  readonly folder: string;
  /** Bytes of kept results of earlier runs. */
  readonly cacheBytes: number;
  /** Bytes of the packages that the store keeps of it. */
  readonly packageBytes: number;
}

/** The kernels of the store, sorted by release. A damaged one is listed with its problem. */
export async function listBaselines(store: Store = defaultStore()): Promise<ListedBaseline[]> {
  if (!(await exists(store.kernels))) return [];
  const listed: ListedBaseline[] = [];
  for (const release of (await readdir(store.kernels)).sort()) {
    try {
      listed.push({ release, record: await readRecord(join(store.kernels, release), release) });
    } catch (problem) {
      if (!(problem instanceof UptideError)) throw problem;
      listed.push({ release, problem });
    }
  }
  return listed;
}

/** @throws KernelError RELEASE_INVALID, BASELINE_MISSING, BASELINE_DAMAGED, BASELINE_SCHEMA. */
export async function showBaseline(release: string, store: Store = defaultStore()): Promise<ShownBaseline> {
  const folder = join(store.kernels, checkRelease(release));
  const record = await readRecord(folder, release);
  let packageBytes = 0;
  for (const used of record.packages) if (await exists(packagePath(store, used))) packageBytes += used.size;
  return { record, folder, cacheBytes: await measureTree(join(folder, FILES.cache)), packageBytes };
}

/**
 * Takes a kernel out of the store, and the packages that no other kernel of the store was made from.
 * It is gone at once, by a rename; what it took is given back after that. A damaged one can be removed too.
 *
 * @throws KernelError RELEASE_INVALID, BASELINE_MISSING; UptideError LOCKED.
 */
export async function removeBaseline(release: string, store: Store = defaultStore()): Promise<void> {
  const place = join(store.kernels, checkRelease(release));
  if (!(await exists(place))) throw missing(release);
  await makeStore(store);
  await sweep(store);
  await withOwner(store, release, async () => {
    if (!(await exists(place))) throw missing(release);
    await withStaging(store, release, async (staging) => {
      await rename(place, join(staging, 'removed'));
      await syncPath(store.kernels);
    });
  });
  await removeUnusedPackages(store);
}

/** An add that has just fetched such a package holds a second name of it and does not miss this one. */
async function removeUnusedPackages(store: Store): Promise<void> {
  const used = new Set<string>();
  for (const listed of await listBaselines(store)) {
    // What a damaged baseline was made from is not known: then nothing is thrown away.
    if ('problem' in listed) return;
    for (const { sha256 } of listed.record.packages) used.add(`${sha256}.deb`);
  }
  for (const name of await readdir(store.packages)) {
    if (used.has(name) || !name.endsWith('.deb')) continue;
    await withOwner(store, name.slice(0, -'.deb'.length), () =>
      rm(join(store.packages, name), { force: true }),
    );
  }
}

function missing(release: string): KernelError {
  return new KernelError('BASELINE_MISSING', `${release} is not in the store`, {
    place: { kernel: release },
  });
}
