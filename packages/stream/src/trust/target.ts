// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import type { TargetFile } from '@tufjs/models';
import { StreamError } from '../error.ts';
import type { TargetInfo } from './model.ts';

/**
 * What the metadata says of a target, for those who follow a stream.
 *
 * @throws StreamError STREAM_BAD_METADATA when no sha256 is signed for it: TUF would allow another digest, a stream
 * names its updates by this one.
 */
export function targetInfo({ path, length, hashes, custom }: TargetFile): TargetInfo {
  const { sha256 } = hashes;
  if (sha256 !== undefined) return { path, length, sha256, custom };
  throw new StreamError('STREAM_BAD_METADATA', 'no sha256 is signed for it', { place: { file: path } });
}

/** Where a target lies (TUF 5.7.3): its digest stands in the name where the stream keeps old files beside new ones. */
export function targetPath({ path, hashes }: TargetFile, consistentSnapshot: boolean): string {
  const parts = path.split('/').map(encodeURIComponent);
  const name = parts.pop() ?? '';
  const prefix = consistentSnapshot ? `${hashes.sha256 ?? hashes.sha512}.` : '';
  return ['targets', ...parts, `${prefix}${name}`].join('/');
}

/**
 * Holds bytes to the length and to every digest that are signed for a target.
 *
 * @throws StreamError STREAM_TRUNCATED, STREAM_ENDLESS_DATA, STREAM_WRONG_HASH.
 */
export function checkTarget({ path, length, hashes }: TargetFile, bytes: Uint8Array): void {
  const place = { file: path };
  if (bytes.length < length)
    throw new StreamError('STREAM_TRUNCATED', `${bytes.length} bytes of ${length}`, { place });
  if (bytes.length > length)
    throw new StreamError('STREAM_ENDLESS_DATA', `more than the ${length} signed bytes`, { place });
  for (const [name, signed] of Object.entries(hashes)) {
    const digest = createHash(name).update(bytes).digest('hex');
    if (digest !== signed)
      throw new StreamError('STREAM_WRONG_HASH', `${name} ${digest}, and ${signed} is signed`, { place });
  }
}
