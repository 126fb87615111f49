// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { printJson } from '../../src/update/json.ts';
import type { TarFile } from '../../src/update/tar.ts';
import { writeTar } from '../../src/update/tar.ts';

/** Length of a tar block. */
export const BLOCK = 512;

/** A file of an archive with text as content. */
export function file(path: string, text: string): TarFile {
  return { path, bytes: Buffer.from(text) };
}

/** An archive whose update.json is the given value, followed by the given files. */
export function withDescription(manifest: unknown, ...files: TarFile[]): Uint8Array {
  return writeTar([{ path: 'update.json', bytes: printJson(manifest) }, ...files]);
}

/** How update.json lists a file. */
export function listed({ path, bytes }: TarFile, role: string): Record<string, unknown> {
  return { path, role, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A copy of an archive with bytes of the header at `block` replaced and its checksum made right again. */
export function withHeaderField(
  archive: Uint8Array,
  block: number,
  offset: number,
  text: string,
): Uint8Array {
  const copy = Buffer.from(archive);
  const header = copy.subarray(block, block + BLOCK);
  header.write(text, offset, 'latin1');
  header.write(' '.repeat(8), 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}
