// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UptideError, writeFileAtomically } from '@uptide/base';
import { requireWritable } from './output.ts';

/** A file of a folder that is written. */
export interface FolderFile {
  /** Below the folder; without `..`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes a folder that is not there yet, or is empty: whole, or not at all.
 *
 * @throws UptideError FILE_UNWRITABLE when something is there, or its parent is not there or not writable.
 */
export async function writeFolder(path: string, files: readonly FolderFile[]): Promise<void> {
  const folder = resolve(path);
  const place = { file: path };
  if (!(await isFree(folder))) {
    throw new UptideError('FILE_UNWRITABLE', 'there is something already', {
      place,
      remedy: 'Name a folder that does not exist or is empty.',
    });
  }
  await requireWritable(join(dirname(folder), 'a file beside it'));
  const scratch = await mkdtemp(join(dirname(folder), `.${basename(folder)}.`));
  try {
    const whole = join(scratch, 'whole');
    for (const file of files) {
      const at = join(whole, file.path);
      await mkdir(dirname(at), { recursive: true });
      await writeFileAtomically(at, file.bytes);
    }
    await rename(whole, folder);
  } catch (cause) {
    if (cause instanceof UptideError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UptideError('FILE_UNWRITABLE', reason, { place, cause });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Whether nothing, or an empty folder, is at the path. */
async function isFree(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
