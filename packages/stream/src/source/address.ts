// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '../error.ts';

/** An address that is asked, and what may be said of it. */
export interface Address {
  /** Without user and password, and with a slash at its end. */
  readonly url: URL;
  /** The value of the header, for the origin of the address alone. */
  readonly authorization: string | undefined;
  /** For messages: without user, password, query and fragment, where secrets stand. */
  readonly shown: string;
}

/**
 * Reads the address of a stream on a web server.
 *
 * @throws StreamError STREAM_BAD_ADDRESS when it is no http or https address. The text is not repeated: it may hold a
 * password.
 */
export function parseAddress(text: string): Address {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new StreamError('STREAM_BAD_ADDRESS', 'this is no http or https address');
  const { username, password } = url;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = pair === ':' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`;
  url.username = '';
  url.password = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url, authorization, shown: shownAddress(url) };
}

/** An address as messages may name it. */
export function shownAddress(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
