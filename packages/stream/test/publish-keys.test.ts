// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@uptide/base';
import {
  commandKey,
  decryptKey,
  encryptKey,
  newPlainKey,
  printKeyFile,
  publicPart,
  readKeyFile,
} from '../src/keys/key-file.ts';
import { signerOf } from '../src/keys/signer.ts';
import { keyIdOf, publicKeyOf } from '../src/repository/sign.ts';

/** The cheapest that a file may ask for: tests have no time for the real work. */
const QUICK_N = 16_384;
/** SubjectPublicKeyInfo of ed25519 up to the key (RFC 8410, section 4). */
const SPKI_PREFIX = '302a300506032b6570032100';
/** PKCS#8 of ed25519 up to the key (RFC 8410, section 7). */
const PKCS8_PREFIX = '302e020100300506032b657004220420';

const nobody = (): Promise<string> => Promise.reject(new Error('nobody is asked'));

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-keys-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('openssl verifies what a key signs', () =>
  withFolder(async (folder) => {
    const file = newPlainKey();
    const bytes = Buffer.from('the bytes');
    const sig = await signerOf(file, 'key', nobody)?.sign(bytes);
    await writeFile(join(folder, 'key.der'), Buffer.from(SPKI_PREFIX + file.public, 'hex'));
    await writeFile(join(folder, 'bytes'), bytes);
    await writeFile(join(folder, 'sig'), Buffer.from(sig ?? '', 'hex'));
    const { stdout } = await run(
      'openssl',
      'pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in bytes -sigfile sig'.split(' '),
      { cwd: folder },
    );
    assert.match(String(stdout), /Verified Successfully/);
  }));

test('a program signs for a key that is elsewhere', () =>
  withFolder(async (folder) => {
    const plain = newPlainKey();
    const der = join(folder, 'key.der');
    await writeFile(der, Buffer.from(PKCS8_PREFIX + plain.private, 'hex'));
    // openssl signs files alone, so the program is a shell with standard input as one.
    const script = 'cat > "$0.in"; exec openssl pkeyutl -sign -keyform DER -inkey "$0" -rawin -in "$0.in"';
    const file = commandKey(plain.public, ['sh', '-c', script, der]);
    const bytes = Buffer.from('the bytes');
    const signer = signerOf(file, 'token', nobody);
    assert.equal(await signer?.sign(bytes), await signerOf(plain, 'file', nobody)?.sign(bytes));
    const other = commandKey(newPlainKey().public, ['sh', '-c', script, der]);
    await assert.rejects(async () => signerOf(other, 'token', nobody)?.sign(bytes), {
      code: 'STREAM_SIGNER_FAILED',
    });
    const mute = commandKey(plain.public, ['true']);
    await assert.rejects(async () => signerOf(mute, 'token', nobody)?.sign(bytes), {
      code: 'STREAM_SIGNER_FAILED',
    });
  }));

test('an encrypted key opens with its passphrase alone', async () => {
  const plain = newPlainKey('root');
  const file = await encryptKey(plain, 'pässphrase', QUICK_N);
  assert.ok(!Buffer.from(printKeyFile(file)).includes(plain.private));
  const read = readKeyFile(printKeyFile(file), 'key');
  assert.ok(read.kind === 'encrypted');
  assert.equal(await decryptKey(read, 'pässphrase'), plain.private);
  // The same characters as a Mac types them.
  assert.equal(await decryptKey(read, 'pässphrase'.normalize('NFD')), plain.private);
  await assert.rejects(decryptKey(read, 'passphrase'), { code: 'STREAM_KEY_PASSPHRASE' });
  const swapped = { ...read, public: newPlainKey().public };
  await assert.rejects(decryptKey(swapped, 'pässphrase'), { code: 'STREAM_KEY_PASSPHRASE' });
  const { encryption } = read;
  const changed = { ...read, encryption: { ...encryption, data: encryption.salt + encryption.salt } };
  await assert.rejects(decryptKey(changed, 'pässphrase'), { code: 'STREAM_KEY_PASSPHRASE' });
});

test('a passphrase is asked for once, and when it is needed', async () => {
  const file = await encryptKey(newPlainKey(), 'a passphrase', QUICK_N);
  let asked = 0;
  const signer = signerOf(file, 'key', () => {
    asked++;
    return Promise.resolve('a passphrase');
  });
  assert.equal(asked, 0);
  await signer?.sign(Buffer.from('one'));
  await signer?.sign(Buffer.from('two'));
  assert.equal(asked, 1);
});

test('a key file that asks for too much is not opened', async () => {
  const file = await encryptKey(newPlainKey(), 'a passphrase', QUICK_N);
  const { encryption } = file;
  const bad = [
    { ...file, encryption: { ...encryption, n: 2 ** 21 } },
    { ...file, encryption: { ...encryption, n: 1024 } },
    { ...file, encryption: { ...encryption, n: QUICK_N + 1 } },
    { ...file, encryption: { ...encryption, p: 5 } },
    { ...file, encryption: { ...encryption, tag: 'ab' } },
    { ...file, public: 'ab' },
    { ...file, schema: 2 },
    { ...file, kind: 'other' },
    { ...publicPart(file), kind: 'command', command: [] },
  ];
  for (const one of bad) {
    assert.throws(() => readKeyFile(Buffer.from(JSON.stringify(one)), 'key'), { code: 'STREAM_BAD_FILE' });
  }
});

test('a public key signs nothing, and the id of a key is that of the specification', () => {
  const file = newPlainKey();
  assert.equal(signerOf(publicPart(file), 'key', nobody), undefined);
  assert.ok(!('private' in publicPart(file)));
  // printf of the canonical JSON into sha256sum(1).
  const key = publicKeyOf('1d5b6a1b6bb4b0c9a7c0b1b0d9c1f0c0a7b6d5e4f3021100ffeeddccbbaa9988');
  assert.equal(keyIdOf(key), '5041e63bc1300382dcd47d5282f4739db70437a3dbbb9a26f13690231af75c1b');
});
