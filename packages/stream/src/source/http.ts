// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A stream on a web server. Trust does not rest on the way: http serves as well as https, a proxy or a CDN may stand in
 * between, and what comes is verified by whoever asked. So all that is looked after here is that a server cannot hold
 * us up, fill the memory or lead us elsewhere: bytes, redirects, waiting and slowness are bounded.
 *
 * A download that breaks off goes on where it stopped (RFC 9110, 14: `Range` with `If-Range`) when the server gave the
 * file a strong name; else it begins again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { UptideError } from '@uptide/base';
import type { Dispatcher } from 'undici';
import { StreamError } from '../error.ts';
import type { Source } from '../trust/model.ts';
import { type Address, parseAddress, shownAddress } from './address.ts';
import { openWay, type WayOptions } from './dispatcher.ts';
import { Pace, type PaceOptions } from './pace.ts';

/** How a stream on a web server is read. */
export interface HttpOptions extends WayOptions {
  /** Bytes a second that are taken at most. */
  readonly bandwidth?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For tests: other bounds on waiting. */
  readonly patience?: Partial<Patience> | undefined;
}

/** Bounds on waiting, in milliseconds. */
interface Patience extends Omit<PaceOptions, 'fastest'> {
  /** From the request to the head of the answer. */
  readonly firstByte: number;
  /** Between two tries. */
  readonly retry: number;
}

const PATIENCE: Patience = {
  firstByte: 30_000,
  /** A modem of 1991 had more; an index of 100 KB takes two minutes then. */
  slowest: 1024,
  window: 20_000,
  retry: 1000,
};
/** Tries for one file: a connection that breaks is common, one that breaks four times is no way. */
const MAX_TRIES = 4;
/** A CDN needs one, an object store behind a vanity address two. */
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** An object store without the right to list says 403 for what it does not have; TUF clients take both as an end. */
const MISSING: ReadonlySet<number> = new Set([403, 404, 410]);
/** What is read of a page that says that there is nothing; each idle check gets one, for the next root. */
const DRAIN_BYTES = 16_384;
const DRAIN_MS = 500;
/** The same for every host and version, so that it tells nothing. */
const USER_AGENT = 'uptide';

/** @throws StreamError STREAM_BAD_ADDRESS when this is no http or https address. */
export function httpSource(text: string, options: HttpOptions = {}): Source {
  const address = parseAddress(text);
  let way: Promise<Dispatcher> | undefined;
  return {
    name: address.shown,
    read: async (path, limit) => {
      way ??= openWay(options);
      return await new Download(address, path, limit, await way, options).run();
    },
  };
}

/** What went wrong in a way that another try may mend. */
class Broken extends Error {
  readonly final: StreamError;

  constructor(final: StreamError) {
    super(final.message);
    this.final = final;
  }
}

/** One file on its way. */
class Download {
  readonly #address: Address;
  readonly #path: string;
  readonly #limit: number;
  readonly #way: Dispatcher;
  readonly #signal: AbortSignal | undefined;
  readonly #patience: Patience;
  readonly #pace: Pace;
  readonly #begin = performance.now();
  /** What came so far, and the strong name by which the server knows it again. */
  #chunks: Buffer[] = [];
  #length = 0;
  #validator: string | undefined;

  constructor(address: Address, path: string, limit: number, way: Dispatcher, options: HttpOptions) {
    this.#address = address;
    this.#path = path;
    this.#limit = limit;
    this.#way = way;
    this.#signal = options.signal;
    this.#patience = { ...PATIENCE, ...options.patience };
    this.#pace = new Pace(path, { ...this.#patience, fastest: options.bandwidth });
  }

  async run(): Promise<Uint8Array | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#attempt();
      } catch (error) {
        if (this.#signal?.aborted === true)
          throw new UptideError('INTERRUPTED', 'the download was interrupted');
        if (!(error instanceof Broken)) throw error;
        if (tries === MAX_TRIES) throw error.final;
        await this.#rest(this.#patience.retry * tries);
      }
    }
  }

  async #attempt(): Promise<Uint8Array | undefined> {
    const answer = await this.#ask();
    try {
      const { statusCode, headers } = answer;
      if (MISSING.has(statusCode)) {
        await drain(answer.body);
        return undefined;
      }
      if (statusCode !== 200 && statusCode !== 206) throw this.#unusable(statusCode);
      if (statusCode === 200 || !this.#continues(headers)) this.#startAnew();
      this.#validator = strongName(headers.etag);
      const announced = Number(headers['content-length'] ?? 0);
      if (this.#length + announced > this.#limit) throw this.#tooLong();
      await this.#receive(answer.body);
      return Buffer.concat(this.#chunks, this.#length);
    } finally {
      answer.body.on('error', () => undefined);
      answer.body.destroy();
    }
  }

  /** Sends the request, and follows where it is sent on to. */
  async #ask(): Promise<Dispatcher.ResponseData> {
    let url = new URL(this.#path, this.#address.url);
    for (let steps = 0; steps <= MAX_REDIRECTS; steps++) {
      const answer = await this.#request(url);
      if (!REDIRECTS.has(answer.statusCode)) return answer;
      await drain(answer.body);
      url = this.#redirected(url, answer.headers.location);
    }
    throw this.#unreachable(`more than ${MAX_REDIRECTS} redirects`);
  }

  async #request(url: URL): Promise<Dispatcher.ResponseData> {
    const { authorization, url: base } = this.#address;
    const headers: Record<string, string> = { 'user-agent': USER_AGENT, 'accept-encoding': 'identity' };
    if (authorization !== undefined && url.origin === base.origin) headers.authorization = authorization;
    if (this.#length > 0 && this.#validator !== undefined) {
      headers.range = `bytes=${this.#length}-`;
      headers['if-range'] = this.#validator;
    }
    try {
      return await this.#way.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers,
        headersTimeout: this.#patience.firstByte,
        bodyTimeout: this.#patience.window,
        signal: this.#signal ?? null,
      });
    } catch (cause) {
      throw this.#broken(cause);
    }
  }

  #redirected(from: URL, location: string | string[] | undefined): URL {
    const to = typeof location === 'string' ? URL.parse(location, from.href) : null;
    if (to === null || (to.protocol !== 'http:' && to.protocol !== 'https:'))
      throw this.#unreachable('a redirect leads nowhere');
    if (from.protocol === 'https:' && to.protocol === 'http:')
      throw this.#unreachable(`a redirect leads from https to ${shownAddress(to)}`);
    return to;
  }

  async #receive(body: Dispatcher.ResponseData['body']): Promise<void> {
    const chunks = body[Symbol.asyncIterator]();
    for (;;) {
      const asked = performance.now();
      const next = await chunks.next().catch((cause: unknown) => {
        throw this.#broken(cause);
      });
      if (next.done === true) return;
      const chunk = Buffer.from(next.value as Uint8Array);
      if (this.#length + chunk.length > this.#limit) throw this.#tooLong();
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      const now = performance.now();
      const wait = this.#pace.took(chunk.length, now - asked, now - this.#begin);
      if (wait > 0) await this.#rest(wait);
    }
  }

  /** Waits; an interruption ends it, and shows at the next thing that is asked for. */
  async #rest(milliseconds: number): Promise<void> {
    const signal = this.#signal === undefined ? {} : { signal: this.#signal };
    await pause(milliseconds, undefined, signal).catch(() => undefined);
  }

  /** Whether the answer goes on exactly where we stopped. */
  #continues(headers: Dispatcher.ResponseData['headers']): boolean {
    const range = headers['content-range'];
    if (typeof range === 'string' && range.startsWith(`bytes ${this.#length}-`)) return true;
    throw new Broken(this.#unreachable('the server sends another part than it was asked for'));
  }

  #startAnew(): void {
    this.#chunks = [];
    this.#length = 0;
  }

  #unusable(status: number): Error {
    const error = this.#unreachable(`the server answers ${status}`);
    if (status === 416) this.#startAnew();
    return status === 416 || status === 429 || status >= 500 ? new Broken(error) : error;
  }

  #broken(cause: unknown): Error {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      const reason = 'the server has stopped sending';
      return new StreamError('STREAM_TOO_SLOW', reason, { ...this.#place(), cause });
    }
    const reason = (cause instanceof Error && cause.message) || code || 'the connection broke';
    if (this.#length === 0) return new Broken(this.#unreachable(reason, cause));
    return new Broken(
      new StreamError('STREAM_TRUNCATED', `${this.#length} bytes, then: ${reason}`, {
        ...this.#place(),
        cause,
      }),
    );
  }

  #unreachable(reason: string, cause?: unknown): StreamError {
    return new StreamError('STREAM_UNREACHABLE', reason, { ...this.#place(), cause });
  }

  #tooLong(): StreamError {
    return new StreamError('STREAM_ENDLESS_DATA', `more than ${this.#limit} bytes`, this.#place());
  }

  #place(): { place: { file: string } } {
    return { place: { file: `${this.#address.shown}${this.#path}` } };
  }
}

/** Reads a page that nobody wants, so that the connection can be used again; no longer than a new one would take. */
async function drain(body: Dispatcher.ResponseData['body']): Promise<void> {
  body.on('error', () => undefined);
  try {
    await body.dump({ limit: DRAIN_BYTES, signal: AbortSignal.timeout(DRAIN_MS) });
  } catch {
    body.destroy();
  }
}

/** A name that changes with every byte of the file; weak ones do not. */
function strongName(etag: string | string[] | undefined): string | undefined {
  return typeof etag === 'string' && etag.startsWith('"') ? etag : undefined;
}
