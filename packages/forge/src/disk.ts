// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';

/** Runs `work`, which writes into `folder`, and names a full disk for what it is. */
export async function onDisk<T>(folder: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
      throw new UptideError('DISK_FULL', `there is no space left for ${folder}`, { cause: error });
    }
    throw error;
  }
}
