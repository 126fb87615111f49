// SPDX-License-Identifier: GPL-2.0-or-later
/** The way to a web server: straight or through a proxy, with the certificates that are believed. */
import type { Dispatcher } from 'undici';
import { StreamError } from '../error.ts';

/** How a web server is reached. */
export interface WayOptions {
  /**
   * An http, https or socks5 address of a proxy; `none` for no proxy. Without it the environment is asked as curl(1)
   * does: https_proxy, http_proxy, no_proxy.
   */
  readonly proxy?: string | undefined;
  /** Certificates in PEM form that are believed besides those of the system. */
  readonly ca?: string | undefined;
}

/** TCP and TLS to the other end of the world, with two packets lost. */
const CONNECT_TIMEOUT_MS = 10_000;

/** @throws StreamError STREAM_BAD_ADDRESS when the proxy is none that can be used; its text may hold a password. */
export async function openWay({ proxy, ca }: WayOptions): Promise<Dispatcher> {
  // Both are large and most commands need neither.
  const [undici, { getCACertificates }] = await Promise.all([import('undici'), import('node:tls')]);
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  const connect = { ...trusted, timeout: CONNECT_TIMEOUT_MS };
  const options = { connect, requestTls: connect, proxyTls: trusted };
  if (proxy === 'none') return new undici.Agent({ connect });
  try {
    if (proxy === undefined) return new undici.EnvHttpProxyAgent(options);
    const { protocol } = new URL(proxy);
    if (protocol === 'http:' || protocol === 'https:')
      return new undici.ProxyAgent({ ...options, uri: proxy });
    if (protocol === 'socks5:' || protocol === 'socks5h:' || protocol === 'socks:')
      return new undici.Socks5ProxyAgent(proxy.replace(/^socks5h:/, 'socks5:'), { requestTls: connect });
  } catch (cause) {
    throw new StreamError('STREAM_BAD_ADDRESS', 'the proxy is no address that can be used', { cause });
  }
  throw new StreamError('STREAM_BAD_ADDRESS', 'the proxy is neither http, https nor socks5');
}
