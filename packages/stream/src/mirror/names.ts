// SPDX-License-Identifier: GPL-2.0-or-later
/** Names of the files of a stream with consistent snapshots (TUF 6.2), as they lie in the folder of a mirror. */
import { StreamError } from '../error.ts';
import type { TargetInfo } from '../trust/model.ts';

/**
 * Parts of a name that mean the same to a file system, a web server and an object store. What is signed is not hostile
 * by that, but a mirror writes it: `..`, hidden files and blanks are not taken.
 */
const PLAIN = /^[0-9A-Za-z][0-9A-Za-z.+~_-]*$/;

/** @throws StreamError STREAM_BAD_NAME */
export function metadataName(role: string, version: number): string {
  if (!PLAIN.test(role)) throw badName(role);
  return `metadata/${version}.${role}.json`;
}

/** @throws StreamError STREAM_BAD_NAME */
export function targetName({ path, sha256 }: Pick<TargetInfo, 'path' | 'sha256'>): string {
  const parts = path.split('/');
  if (!parts.every((part) => PLAIN.test(part))) throw badName(path);
  const file = parts.pop() ?? '';
  return ['targets', ...parts, `${sha256}.${file}`].join('/');
}

function badName(name: string): StreamError {
  return new StreamError('STREAM_BAD_NAME', `${JSON.stringify(name)} is no name that can be mirrored`);
}
