// SPDX-License-Identifier: GPL-2.0-or-later
/** Keys that can sign: from files, asked for a passphrase when they are first needed, or through a program. */
import { createPrivateKey, sign } from 'node:crypto';
import { run } from '@uptide/base';
import { StreamError } from '../error.ts';
import type { PublicKey } from '../repository/model.ts';
import { isSignedBy, keyIdOf } from '../repository/sign.ts';
import { decryptKey, type KeyFile, keyOf } from './key-file.ts';

/** A key at hand. */
export interface Signer {
  readonly key: PublicKey;
  readonly keyId: string;
  /** For people: the file. */
  readonly name: string;
  /**
   * @returns the signature in hex; it is good, whoever made it.
   * @throws StreamError STREAM_KEY_PASSPHRASE, STREAM_SIGNER_FAILED; UptideError TOOL_MISSING, TOOL_FAILED.
   */
  readonly sign: (bytes: Uint8Array) => Promise<string>;
}

/** Asks for the passphrase of a key file. */
export type AskPassphrase = (name: string) => Promise<string>;

/** People type a PIN or touch a token within this time. */
const COMMAND_MILLISECONDS = 120_000;
const SIGNATURE_BYTES = 64;

/** The signer of a key file; undefined when it holds a public key alone. */
export function signerOf(file: KeyFile, name: string, ask: AskPassphrase): Signer | undefined {
  if (file.kind === 'public') return undefined;
  const key = keyOf(file);
  let opened: Promise<string> | undefined;
  const secret = (): Promise<string> => {
    if (file.kind === 'plain') return Promise.resolve(file.private);
    opened ??= file.kind === 'encrypted' ? ask(name).then((words) => decryptKey(file, words)) : undefined;
    return opened ?? Promise.reject(failed(name, 'the file holds no private key'));
  };
  return {
    key,
    keyId: keyIdOf(key),
    name,
    sign: async (bytes) => {
      const sig =
        file.kind === 'command'
          ? await signByCommand(file.command, bytes, name)
          : signBySecret(await secret(), file.public, bytes);
      if (!isSignedBy(key, bytes, sig))
        throw failed(name, 'the signature is not by the public key of the file');
      return sig;
    },
  };
}

function signBySecret(secret: string, publicHex: string, bytes: Uint8Array): string {
  const ofHex = (text: string): string => Buffer.from(text, 'hex').toString('base64url');
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: ofHex(secret), x: ofHex(publicHex) };
  return sign(undefined, bytes, createPrivateKey({ key: jwk, format: 'jwk' })).toString('hex');
}

async function signByCommand(command: readonly string[], bytes: Uint8Array, name: string): Promise<string> {
  const [program = '', ...args] = command;
  const { stdout } = await run(program, args, {
    input: bytes,
    timeout: COMMAND_MILLISECONDS,
    maxOutput: 4096,
  });
  if (stdout.length === SIGNATURE_BYTES) return stdout.toString('hex');
  const text = stdout.toString('latin1').trim().toLowerCase();
  if (!/^[0-9a-f]{128}$/.test(text)) throw failed(name, `${program} printed no signature`);
  return text;
}

function failed(name: string, reason: string): StreamError {
  return new StreamError('STREAM_SIGNER_FAILED', reason, { place: { file: name } });
}
