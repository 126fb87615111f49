// SPDX-License-Identifier: GPL-2.0-or-later
/** Signatures of metadata: over the canonical JSON of `signed` (TUF specification, section 4.2.1). */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { printCompactJson } from '../update/json.ts';
import type { Envelope, KeyTable, PublicKey, RoleKeys, Signature, Signed } from './model.ts';

/** The key that 32 bytes in hex are. */
export function publicKeyOf(hex: string): PublicKey {
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } };
}

/** The id of a key: SHA-256 of its canonical JSON (section 4.2.2). */
export function keyIdOf(key: PublicKey): string {
  return createHash('sha256').update(canonicalize(key)).digest('hex');
}

/** The bytes that are signed. */
export function bytesToSign(signed: Signed): Uint8Array {
  return Buffer.from(canonicalize(signed));
}

/** Whether the signature, in hex, is this key's over the bytes. */
export function isSignedBy(key: PublicKey, bytes: Uint8Array, sig: string): boolean {
  const x = Buffer.from(key.keyval.public, 'hex').toString('base64url');
  const object = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(undefined, bytes, object, Buffer.from(sig, 'hex'));
}

/** The keys of a role whose signatures are good, in the order in which the role lists them. */
export function signersOf({ signed, signatures }: Envelope, keys: KeyTable, role: RoleKeys): string[] {
  const bytes = bytesToSign(signed);
  const byKey = new Map(signatures.map(({ keyid, sig }) => [keyid, sig]));
  return role.keyids.filter((keyid) => {
    const key = keys[keyid];
    const sig = byKey.get(keyid);
    return key !== undefined && sig !== undefined && isSignedBy(key, bytes, sig);
  });
}

/** The same with a signature more; one of the same key is replaced. By rising key id, so that order tells nothing. */
export function withSignature<T extends Signed>(envelope: Envelope<T>, signature: Signature): Envelope<T> {
  const others = envelope.signatures.filter(({ keyid }) => keyid !== signature.keyid);
  const signatures = [...others, signature].sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
  return { ...envelope, signatures };
}

/** The bytes of a file of metadata: compact, keys in order. */
export function printEnvelope(envelope: Envelope): Uint8Array {
  return printCompactJson(envelope);
}
