// SPDX-License-Identifier: GPL-2.0-or-later
import { stat } from 'node:fs/promises';
import { UptideError, writeFileAtomically } from '@uptide/base';
import { commandKey, encryptKey, type KeyFile, newPlainKey, printKeyFile } from '@uptide/stream';
import { requireWritable } from '../../shell/output.ts';
import { newPassphrase } from '../../shell/passphrase.ts';
import type { Shell } from '../../shell/shell.ts';

/** A key for its owner alone. */
const KEY_MODE = 0o600;

export interface NewKey {
  readonly hint?: string | undefined;
  /** Not protected by a passphrase. */
  readonly unencrypted: boolean;
  /** A program that signs; then `publicKey` is its public key in hex. */
  readonly command?: readonly string[] | undefined;
  readonly publicKey?: string | undefined;
}

/**
 * Makes a key and writes it where nothing is.
 *
 * @throws UptideError FILE_UNWRITABLE, USAGE; StreamError STREAM_KEY_PASSPHRASE, STREAM_BAD_FILE.
 */
export async function makeKey(path: string, wanted: NewKey, shell: Pick<Shell, 'secret'>): Promise<KeyFile> {
  await requireWritable(path);
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    throw new UptideError('FILE_UNWRITABLE', 'there is a file already; a key is never overwritten', {
      place: { file: path },
      remedy: 'Name another file.',
    });
  }
  const file = await newKeyFile(path, wanted, shell);
  await writeFileAtomically(path, printKeyFile(file), KEY_MODE);
  return file;
}

async function newKeyFile(
  path: string,
  { hint, unencrypted, command, publicKey }: NewKey,
  shell: Pick<Shell, 'secret'>,
): Promise<KeyFile> {
  if ((command === undefined) !== (publicKey === undefined)) {
    throw new UptideError('USAGE', '--command and --public belong together');
  }
  if (command !== undefined && publicKey !== undefined) return commandKey(publicKey, command, hint);
  const plain = newPlainKey(hint);
  return unencrypted ? plain : await encryptKey(plain, await newPassphrase(shell, path));
}
