// SPDX-License-Identifier: GPL-2.0-or-later
import type { Place } from '@uptide/base';
import { ForgeError } from '../error.ts';
import { MAX_PATH_BYTES } from './bounds.ts';

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};

/** A quoted name and what follows it. */
export interface Unquoted {
  /** Bytes as Latin-1. */
  readonly name: string;
  readonly rest: string;
}

/**
 * Reads a name that git quoted as a C string (git's quote.c: `core.quotePath`), bytes as Latin-1.
 * Returns undefined when the string has no end or an escape that git does not write.
 */
export function unquote(text: string): Unquoted | undefined {
  if (!text.startsWith('"')) return undefined;
  let name = '';
  for (let at = 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { name, rest: text.slice(at + 1) };
    if (character !== '\\') {
      name += character;
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4));
    const value = octal === null ? ESCAPES[text.charAt(at + 1)] : Number.parseInt(octal[0], 8);
    if (value === undefined) return undefined;
    name += String.fromCharCode(value);
    at += octal === null ? 1 : 3;
  }
  return undefined;
}

/**
 * Turns a name of the patch into a path of the tree, and refuses every name that could lead elsewhere.
 *
 * @param name bytes as Latin-1, with the first folder already cut off
 * @throws ForgeError PATCH_BAD_PATH
 */
export function treePath(name: string, place: Place): string {
  const refuse = (why: string): never => {
    throw new ForgeError('PATCH_BAD_PATH', `${JSON.stringify(name.slice(0, 200))} ${why}`, { place });
  };
  if (name.length > MAX_PATH_BYTES) refuse(`is a path of more than ${MAX_PATH_BYTES} bytes`);
  if (name === '') refuse('is an empty path');
  if (name.startsWith('/')) refuse('is an absolute path');
  const bytes = Buffer.from(name, 'latin1');
  const path = bytes.toString('utf8');
  if (!Buffer.from(path, 'utf8').equals(bytes)) refuse('is not UTF-8');
  for (const byte of bytes) {
    if (byte < 0x20 || byte === 0x7f) refuse('has a control character');
  }
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') refuse('has an empty part, "." or ".."');
    if (part.toLowerCase() === '.git') refuse('leads into the folder of a git repository');
  }
  return path;
}
