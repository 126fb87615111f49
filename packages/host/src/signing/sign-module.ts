// SPDX-License-Identifier: GPL-2.0-or-later
import { stat } from 'node:fs/promises';
import type { UptideError } from '@uptide/base';
import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import { appendSignature, isSigned } from './trailer.ts';

/** The key of a site and the certificate with which its kernels know it; paths of PEM files. */
export interface SigningKey {
  readonly key: string;
  readonly certificate: string;
}

/** The flags with which sign-file calls CMS_sign and CMS_add1_signer, in the words of openssl-cms(1). */
const SIGN = 'cms -sign -binary -nocerts -noattr -nosmimecap -md sha256 -outform DER'.split(' ');

/** Anybody who reads the key can make modules that the machine loads. */
const OTHERS_MASK = 0o077;

/**
 * Signs a module as scripts/sign-file.c does with its default options: SHA-256, no attributes, the certificate named by
 * issuer and serial number and not carried along.
 *
 * @throws HostError HOST_SIGNING_FAILED; UptideError TOOL_MISSING.
 */
export async function signModule(
  { effects }: Machine,
  module: Uint8Array,
  { key, certificate }: SigningKey,
): Promise<Uint8Array> {
  if (isSigned(module)) throw failed('the module has a signature already');
  await requireSecret(key);
  const { status, stdout, stderr } = await effects.run(
    'openssl',
    [...SIGN, '-signer', certificate, '-inkey', key],
    { input: module, anyStatus: true, package: 'openssl' },
  );
  if (status !== 0 || stdout.length === 0) throw failed(stderr.trim());
  return appendSignature(module, stdout);
}

async function requireSecret(key: string): Promise<void> {
  try {
    const { mode } = await stat(key);
    if ((mode & OTHERS_MASK) === 0) return;
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), key);
  }
  throw failed('others than its owner may read the key', key);
}

function failed(reason: string, file?: string): UptideError {
  return new HostError('HOST_SIGNING_FAILED', reason, file === undefined ? {} : { place: { file } });
}
