// SPDX-License-Identifier: GPL-2.0-or-later
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UptideError } from '@uptide/base';
import { readInput } from '../../shell/input.ts';

/** The updates that paths name: files, or all `.uptide` files of folders. */
export async function readUpdates(
  paths: readonly string[],
): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const read: { name: string; bytes: Uint8Array }[] = [];
  for (const name of files) read.push({ name, bytes: await readInput(name) });
  return read;
}

async function filesAt(path: string): Promise<string[]> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory() !== true) return [path];
  const names = (await readdir(path)).filter((name) => basename(name).endsWith('.uptide')).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new UptideError('FILE_UNREADABLE', 'the folder has no .uptide file', { place: { file: path } });
}
