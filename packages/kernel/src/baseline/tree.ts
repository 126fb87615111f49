// SPDX-License-Identifier: GPL-2.0-or-later
import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { KernelError } from '../error.ts';

/** Folders deeper than this are no kernel tree; Linux has 11 levels. */
const MAX_DEPTH = 64;

/**
 * Walks what was unpacked from a package and gives the bytes that it takes on the disk.
 *
 * @throws KernelError PACKAGE_UNSAFE for a device, socket or pipe, a set-user-ID file, or a link that
 * leads out of the folder: with such a tree a patch could read or write elsewhere.
 */
export async function measureTree(root: string): Promise<number> {
  return await measure(root, root, 0);
}

/** What lstat(2) counts in, whatever the block size of the file system is. */
const BLOCK = 512;
const SET_ID = 0o6000;

async function measure(root: string, folder: string, depth: number): Promise<number> {
  if (depth > MAX_DEPTH) throw unsafe(root, folder, `lies deeper than ${MAX_DEPTH} folders`);
  let bytes = (await lstat(folder)).blocks * BLOCK;
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return await measure(root, path, depth + 1);
      const { blocks, mode } = await lstat(path);
      if (entry.isSymbolicLink()) await refuseLeavingLink(root, path);
      else if (!entry.isFile()) throw unsafe(root, path, 'is neither file, folder nor link');
      else if ((mode & SET_ID) !== 0) throw unsafe(root, path, 'would run as another user');
      return blocks * BLOCK;
    }),
  );
  for (const size of sizes) bytes += size;
  return bytes;
}

async function refuseLeavingLink(root: string, path: string): Promise<void> {
  const target = await readlink(path);
  const inside = relative(root, resolve(dirname(path), target));
  if (isAbsolute(target) || inside === '..' || inside.startsWith('../')) {
    throw unsafe(root, path, `is a link to ${target}`);
  }
}

function unsafe(root: string, path: string, what: string): KernelError {
  return new KernelError('PACKAGE_UNSAFE', `${relative(root, path)} ${what}`, {
    place: { file: relative(root, path) },
  });
}
