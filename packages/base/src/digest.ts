// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';

/**
 * SHA-256 over the given parts, as lower-case hex. Each part is preceded by its length in bytes,
 * so that no two lists of parts share a digest.
 */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${typeof part === 'string' ? Buffer.byteLength(part) : part.length}:`);
    hash.update(part);
  }
  return hash.digest('hex');
}

/** SHA-256 of bytes as they are, as lower-case hex: what sha256sum(1) prints of the file. */
export function fileDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
