// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '../error.ts';

/** How slow a source may be, and how fast it may be read. */
export interface PaceOptions {
  /** Bytes a second below which a source counts as holding us up. */
  readonly slowest: number;
  /** Milliseconds of waiting over which the rate is taken; shorter pauses are the network's. */
  readonly window: number;
  /** Bytes a second that are taken at most. */
  readonly fastest: number | undefined;
}

/**
 * Watches one download. Slow retrieval is an attack of its own: a mirror that sends a byte a minute never fails, and an
 * update never comes. Only time spent waiting for the source counts, not what we wait to stay below `fastest`.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #path: string;
  #waited = 0;
  #received = 0;
  #total = 0;

  constructor(path: string, options: PaceOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Takes note of a chunk.
   *
   * @param bytes of the chunk.
   * @param waited milliseconds that it was waited for.
   * @param elapsed milliseconds since the download began.
   * @returns milliseconds to wait before the next one is taken.
   * @throws StreamError STREAM_TOO_SLOW when a window brought less than the least.
   */
  took(bytes: number, waited: number, elapsed: number): number {
    const { slowest, window, fastest } = this.#options;
    this.#waited += waited;
    this.#received += bytes;
    this.#total += bytes;
    if (this.#waited >= window) {
      if (this.#received * 1000 < slowest * this.#waited) {
        const reason = `${this.#received} bytes in ${Math.round(this.#waited / 1000)} s`;
        throw new StreamError('STREAM_TOO_SLOW', reason, { place: { file: this.#path } });
      }
      this.#waited = 0;
      this.#received = 0;
    }
    return fastest === undefined ? 0 : Math.max(0, (this.#total * 1000) / fastest - elapsed);
  }
}
