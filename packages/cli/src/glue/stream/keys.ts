// SPDX-License-Identifier: GPL-2.0-or-later
/** The keys at hand of a publisher: the files that are named, or all of the folder `keys` of the repository. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KeyFile,
  keyIdOf,
  keyOf,
  readKeyFile,
  type Signer,
  type Signers,
  signerOf,
} from '@uptide/stream';
import { readInput } from '../../shell/input.ts';
import { askPassphrase } from '../../shell/passphrase.ts';
import type { Shell } from '../../shell/shell.ts';

const KEY_ID = /^[0-9a-f]{64}$/;

/** Reads a key file. */
export async function readKey(path: string): Promise<KeyFile> {
  return readKeyFile(await readInput(path), path);
}

/** The keys of a role that is asked for with files and a threshold. */
export async function signersFrom(files: readonly string[], threshold: number): Promise<Signers> {
  const keys = await Promise.all(files.map(async (file) => keyOf(await readKey(file))));
  return { keys, threshold };
}

/** The public keys of files. */
export async function publicKeysOf(files: readonly string[]): Promise<Signers['keys']> {
  return (await signersFrom(files, 1)).keys;
}

/** The ids of keys that are named by their id or by a file. */
export async function keyIdsOf(names: readonly string[]): Promise<string[]> {
  return await Promise.all(
    names.map(async (name) => (KEY_ID.test(name) ? name : keyIdOf(keyOf(await readKey(name))))),
  );
}

/** Those of the files that can sign, each key once. Passphrases are asked for when a key is first used. */
export async function signersAt(
  repository: string,
  files: readonly string[] | undefined,
  shell: Pick<Shell, 'secret'>,
): Promise<Signer[]> {
  const byKey = new Map<string, Signer>();
  for (const path of files ?? (await keysOf(repository))) {
    const file = await readKey(path);
    const signer = signerOf(file, path, (name) => askPassphrase(shell, name));
    if (signer !== undefined) byKey.set(keyIdOf(signer.key), signer);
  }
  return [...byKey.values()];
}

async function keysOf(repository: string): Promise<string[]> {
  const folder = join(repository, 'keys');
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}
