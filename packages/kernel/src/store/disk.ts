// SPDX-License-Identifier: GPL-2.0-or-later
import { statfs } from 'node:fs/promises';
import { UptideError } from '@uptide/base';
import { errorCode } from './files.ts';

/** Tells the bytes that a user can still write to the file system of a folder. */
export type FreeSpace = (folder: string) => Promise<number>;

/** What statfs(2) says; blocks reserved for root do not count. */
export const freeSpace: FreeSpace = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** @throws UptideError DISK_FULL, naming what is needed and what is free, when that is too little. */
export async function requireSpace(
  folder: string,
  needed: number,
  purpose: string,
  free: FreeSpace = freeSpace,
): Promise<void> {
  const available = await free(folder);
  if (available < needed) throw diskFull(folder, purpose, needed, available);
}

/** Runs `work`; when the disk becomes full in the middle of it, says so as DISK_FULL. */
export async function namingFullDisk<T>(
  folder: string,
  needed: number,
  purpose: string,
  work: () => Promise<T>,
  free: FreeSpace = freeSpace,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!saysDiskFull(cause)) throw cause;
    throw diskFull(folder, purpose, needed, await free(folder), cause);
  }
}

/** Programs tell ENOSPC and EDQUOT in the words of strerror(3), in the C locale. */
const WORDS = /No space left on device|Disk quota exceeded/;

function saysDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  return error instanceof UptideError && error.code !== 'DISK_FULL' && WORDS.test(error.message);
}

function diskFull(
  folder: string,
  purpose: string,
  needed: number,
  free: number,
  cause?: unknown,
): UptideError {
  return new UptideError(
    'DISK_FULL',
    `${purpose} needs ${mebibytes(needed)}, ${mebibytes(free)} are free for ${folder}`,
    { cause, place: { file: folder } },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / (1024 * 1024))} MiB`;
}
