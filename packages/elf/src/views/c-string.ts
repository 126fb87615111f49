// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * The string of C that begins at `offset`, one character a byte (Latin-1), so that equal strings are equal
 * bytes. Undefined when `offset` is outside or no null byte follows.
 */
export function readCString(bytes: Uint8Array, offset: number): string | undefined {
  if (offset < 0 || offset >= bytes.length) return undefined;
  const end = bytes.indexOf(0, offset);
  if (end === -1) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, end - offset).toString('latin1');
}
