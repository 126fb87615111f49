// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';

/** C that Uptide itself brings to an update, beside the patches. */
export interface KernelSideFile {
  /** Below the folder `kernel-side`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The code that every update shares. */
export const FRAME = 'update.c';
/** The code that gives variables other values. */
export const DEFAULTS = 'defaults.c';
/** The header for authors of patches. */
export const AUTHOR_HEADER = 'include/uptide.h';
/** The header by which code reads static keys. */
export const KEYS_HEADER = 'include/uptide-keys.h';

const FOLDER = new URL('../../../../kernel-side/', import.meta.url);

/** Reads one of the files above. */
export async function readKernelSide(path: string): Promise<Uint8Array> {
  return await readFile(new URL(path, FOLDER));
}

/** Every file that an update may be made of besides kernel and patches, by path. */
export async function kernelSideFiles(): Promise<readonly KernelSideFile[]> {
  const paths = [AUTHOR_HEADER, DEFAULTS, FRAME, KEYS_HEADER].sort();
  return await Promise.all(paths.map(async (path) => ({ path, bytes: await readKernelSide(path) })));
}
