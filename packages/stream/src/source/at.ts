// SPDX-License-Identifier: GPL-2.0-or-later
import { fileURLToPath } from 'node:url';
import { StreamError } from '../error.ts';
import type { Source } from '../trust/model.ts';
import { folderSource } from './folder.ts';
import { type HttpOptions, httpSource } from './http.ts';
import { mirrors } from './mirrors.ts';

/** Mirrors of one stream; more would only make a failure take longer. */
const MAX_MIRRORS = 16;

/**
 * The source of a stream that lies at these addresses: http, https or file addresses, or folders.
 *
 * @throws StreamError STREAM_BAD_ADDRESS when one of them is neither, or there are none or too many.
 */
export function sourceAt(addresses: readonly string[], options: HttpOptions = {}): Source {
  if (addresses.length === 0 || addresses.length > MAX_MIRRORS)
    throw new StreamError('STREAM_BAD_ADDRESS', `a stream has 1 to ${MAX_MIRRORS} addresses`);
  return mirrors(addresses.map((address) => oneSource(address, options)));
}

function oneSource(address: string, options: HttpOptions): Source {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return folderSource(address);
  if (!address.startsWith('file://')) return httpSource(address, options);
  try {
    return folderSource(fileURLToPath(address));
  } catch (cause) {
    throw new StreamError('STREAM_BAD_ADDRESS', 'this file address names no folder of this machine', {
      cause,
    });
  }
}
