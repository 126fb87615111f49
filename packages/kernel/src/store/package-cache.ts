// SPDX-License-Identifier: GPL-2.0-or-later
import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelError } from '../error.ts';
import type { Archive, FetchOptions } from '../packages/archive.ts';
import type { PackageRecord } from '../packages/control.ts';
import { exists, sha256OfFile, syncPath } from './files.ts';
import { type Store, withOwner, withStaging } from './store.ts';

/** Where the store keeps a package. */
export function packagePath(store: Store, record: Pick<PackageRecord, 'sha256'>): string {
  return join(store.packages, `${record.sha256}.deb`);
}

/** Bytes that have to be fetched of these packages. */
export async function missingBytes(store: Store, records: readonly PackageRecord[]): Promise<number> {
  let bytes = 0;
  for (const record of records) if (!(await exists(packagePath(store, record)))) bytes += record.size;
  return bytes;
}

/**
 * Fetches a package into the store unless it is there, and gives it a second name in `folder`: what is
 * at that path is the verified file, also when the store's own name of it is removed meanwhile.
 *
 * @throws KernelError PACKAGE_CORRUPT when size or digest are not those of the record, and the archive's errors.
 */
export async function obtainPackage(
  store: Store,
  archive: Archive,
  record: PackageRecord,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const kept = packagePath(store, record);
  const path = join(folder, `${record.sha256}.deb`);
  await withOwner(store, record.sha256, async () => {
    if (await exists(kept)) {
      const damage = await damageOf(kept, record);
      if (damage !== undefined) await rm(kept);
    }
    if (!(await exists(kept))) {
      await withStaging(store, record.sha256, async (staging) => {
        const incoming = join(staging, 'incoming');
        await mkdir(incoming);
        const file = await archive.fetch(record, incoming, options);
        const damage = await damageOf(file, record);
        if (damage !== undefined)
          throw new KernelError('PACKAGE_CORRUPT', `${record.name} ${record.version} ${damage}`);
        await syncPath(file);
        await rename(file, kept);
        await syncPath(store.packages);
      });
    }
    await link(kept, path);
  });
  return path;
}

/** How a file differs from its record; undefined when it is the one. */
async function damageOf(path: string, record: PackageRecord): Promise<string | undefined> {
  const { size } = await stat(path);
  if (size !== record.size) return `has ${size} bytes, the index states ${record.size}`;
  const sha256 = await sha256OfFile(path);
  return sha256 === record.sha256 ? undefined : `has SHA-256 ${sha256}, the index states ${record.sha256}`;
}
