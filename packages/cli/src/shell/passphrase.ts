// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '@uptide/stream';
import { readInput } from './input.ts';
import type { Shell } from './shell.ts';

/** Names a file whose first line is the passphrase of every key: for machines where nobody sits. */
const PASSPHRASE_FILE = 'UPTIDE_PASSPHRASE_FILE';
/** Shorter ones can be guessed in spite of scrypt. */
const MIN_PASSPHRASE = 8;

/** The passphrase of a key file, from the file that the environment names or from the terminal. */
export async function askPassphrase({ secret }: Pick<Shell, 'secret'>, name: string): Promise<string> {
  return (await fromFile()) ?? (await secret(`Passphrase of ${name}: `)) ?? nobody(name);
}

/** A passphrase for a new key, asked twice. */
export async function newPassphrase({ secret }: Pick<Shell, 'secret'>, name: string): Promise<string> {
  const words = (await fromFile()) ?? (await secret(`New passphrase for ${name}: `)) ?? nobody(name);
  if (words.length < MIN_PASSPHRASE) {
    throw new StreamError('STREAM_KEY_PASSPHRASE', `a passphrase has ${MIN_PASSPHRASE} characters or more`);
  }
  if (process.env[PASSPHRASE_FILE] !== undefined) return words;
  if ((await secret('The same again: ')) !== words) {
    throw new StreamError('STREAM_KEY_PASSPHRASE', 'these were two different passphrases');
  }
  return words;
}

async function fromFile(): Promise<string | undefined> {
  const path = process.env[PASSPHRASE_FILE];
  if (path === undefined) return undefined;
  return Buffer.from(await readInput(path))
    .toString('utf8')
    .split('\n', 1)[0];
}

function nobody(name: string): never {
  throw new StreamError('STREAM_KEY_PASSPHRASE', 'there is no terminal to ask for the passphrase', {
    place: { file: name },
  });
}
