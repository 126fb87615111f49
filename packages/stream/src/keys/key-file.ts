// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A key as a file: JSON of one of four kinds. `public` says who may sign; `encrypted` and `plain` hold the private
 * key; `command` names a program that signs, for keys that live in hardware.
 */
import { createCipheriv, createDecipheriv, generateKeyPairSync, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { StreamError } from '../error.ts';
import type { PublicKey } from '../repository/model.ts';
import { read } from '../repository/schema.ts';
import { publicKeyOf } from '../repository/sign.ts';
import { printJson } from '../update/json.ts';

/** Work of scrypt: 128 MiB and some 0.4 s for each guess. */
const SCRYPT = { n: 131_072, r: 8, p: 1 } as const;
/** Below, guessing is cheap; above, opening a file that a stranger wrote would take more than 1 GiB of memory. */
const MIN_SCRYPT_N = 16_384;
const MAX_SCRYPT_N = 1_048_576;
const SALT_BYTES = 16;
/** AES-256-GCM (NIST SP 800-38D): 96 bits of nonce, 128 of tag. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const common = {
  schema: z.literal(1),
  scheme: z.literal('ed25519'),
  public: hex(KEY_BYTES),
  /** What its owner keeps it for; nothing is decided by it. */
  hint: z.string().max(100).optional(),
};

const encryption = z.looseObject({
  kdf: z.literal('scrypt'),
  n: z
    .int()
    .min(MIN_SCRYPT_N)
    .max(MAX_SCRYPT_N)
    .refine((n) => Number.isInteger(Math.log2(n)), 'n must be a power of 2'),
  r: z.literal(8),
  p: z.int().min(1).max(4),
  salt: hex(SALT_BYTES),
  cipher: z.literal('aes-256-gcm'),
  nonce: hex(NONCE_BYTES),
  tag: hex(TAG_BYTES),
  /** The private key, encrypted; the public key is authenticated with it. */
  data: hex(KEY_BYTES),
});

const keyFileSchema = z.discriminatedUnion('kind', [
  z.looseObject({ ...common, kind: z.literal('public') }),
  z.looseObject({ ...common, kind: z.literal('plain'), private: hex(KEY_BYTES) }),
  z.looseObject({ ...common, kind: z.literal('encrypted'), encryption }),
  /** Gets the bytes on standard input and prints the signature: 64 bytes, or those in hex. */
  z.looseObject({
    ...common,
    kind: z.literal('command'),
    command: z.array(z.string().min(1).max(4096)).min(1).max(64),
  }),
]);

export type KeyFile = z.infer<typeof keyFileSchema>;
export type EncryptedKey = Extract<KeyFile, { kind: 'encrypted' }>;

/** @throws StreamError STREAM_BAD_FILE when the file is not of one of the four kinds. */
export function readKeyFile(bytes: Uint8Array, file: string): KeyFile {
  return read(keyFileSchema, bytes, file);
}

export function printKeyFile(file: KeyFile): Uint8Array {
  return printJson(file);
}

/** The public key of a file. */
export function keyOf(file: KeyFile): PublicKey {
  return publicKeyOf(file.public);
}

/** What others get: the same key without its private part. */
export function publicPart({ public: key, hint }: KeyFile): KeyFile {
  return { ...commonOf(key, hint), kind: 'public' };
}

/** A new key, private part as it is. */
export function newPlainKey(hint?: string): Extract<KeyFile, { kind: 'plain' }> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const ofText = (text: string): string => Buffer.from(text, 'base64url').toString('hex');
  return { ...commonOf(ofText(x), hint), kind: 'plain', private: ofText(d) };
}

/** A key that a program outside signs with. */
export function commandKey(publicHex: string, command: readonly string[], hint?: string): KeyFile {
  const file = { ...commonOf(publicHex, hint), kind: 'command', command: [...command] };
  return readKeyFile(printJson(file), 'the new key');
}

/** The key encrypted with a passphrase. `n` is for tests, which have no time for the real one. */
export async function encryptKey(
  { public: key, private: secret, hint }: Extract<KeyFile, { kind: 'plain' }>,
  passphrase: string,
  n: number = SCRYPT.n,
): Promise<EncryptedKey> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const { r, p } = SCRYPT;
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, salt, { n, r, p }), nonce);
  cipher.setAAD(Buffer.from(key, 'hex'));
  const data = Buffer.concat([cipher.update(Buffer.from(secret, 'hex')), cipher.final()]);
  return {
    ...commonOf(key, hint),
    kind: 'encrypted',
    encryption: {
      kdf: 'scrypt',
      n,
      r,
      p,
      salt: salt.toString('hex'),
      cipher: 'aes-256-gcm',
      nonce: nonce.toString('hex'),
      tag: cipher.getAuthTag().toString('hex'),
      data: data.toString('hex'),
    },
  };
}

/**
 * The private key of an encrypted file, in hex.
 *
 * @throws StreamError STREAM_KEY_PASSPHRASE when the passphrase is another or the file was changed.
 */
export async function decryptKey(
  { public: key, encryption }: EncryptedKey,
  passphrase: string,
): Promise<string> {
  const { n, r, p, salt, nonce, tag, data } = encryption;
  const secret = await derive(passphrase, Buffer.from(salt, 'hex'), { n, r, p });
  const cipher = createDecipheriv('aes-256-gcm', secret, Buffer.from(nonce, 'hex'), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(Buffer.from(key, 'hex'));
  cipher.setAuthTag(Buffer.from(tag, 'hex'));
  try {
    return Buffer.concat([cipher.update(Buffer.from(data, 'hex')), cipher.final()]).toString('hex');
  } catch (cause) {
    throw new StreamError('STREAM_KEY_PASSPHRASE', 'the passphrase does not open the key', { cause });
  }
}

function derive(
  passphrase: string,
  salt: Uint8Array,
  { n, r, p }: { readonly n: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  // scrypt takes 128 * N * r bytes and a little more.
  const maxmem = 128 * n * r + 1024 * 1024 * p;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES, { N: n, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function commonOf(key: string, hint: string | undefined) {
  return {
    schema: 1 as const,
    scheme: 'ed25519' as const,
    public: key,
    ...(hint === undefined ? {} : { hint }),
  };
}
