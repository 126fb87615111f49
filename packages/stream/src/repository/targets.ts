// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import type { TargetFile, TargetMeta } from './model.ts';

/** What metadata says of a file. */
export function targetOf({ bytes }: Pick<TargetFile, 'bytes'>): TargetMeta {
  return { length: bytes.length, hashes: { sha256: fileDigest(bytes) } };
}
