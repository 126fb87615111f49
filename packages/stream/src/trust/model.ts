// SPDX-License-Identifier: GPL-2.0-or-later
/** What a client of a stream gets, and what it asks of the world. Nothing of a source is believed. */

/** Where the files of a stream come from: a web server, a folder, several mirrors. */
export interface Source {
  /** For messages: an address or a path, without passwords. */
  readonly name: string;
  /**
   * Reads `metadata/...` or `targets/...`.
   *
   * @param limit the most bytes that the file may have; a source stops reading beyond it.
   * @returns undefined when the source does not have the file.
   * @throws StreamError STREAM_UNREACHABLE, STREAM_ENDLESS_DATA, STREAM_TOO_SLOW; UptideError INTERRUPTED.
   */
  readonly read: (path: string, limit: number) => Promise<Uint8Array | undefined>;
}

/** What the signed metadata says of a target. */
export interface TargetInfo {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** How fresh the trusted metadata is. Moments are milliseconds since 1970. */
export interface Freshness {
  /** The last refresh that reached and accepted a timestamp; undefined before the first one. */
  readonly checked?: number;
  /** When the trusted timestamp ends: after that, nothing new is believed. */
  readonly expires?: number;
  /** Versions of the trusted metadata by role. */
  readonly versions: Readonly<Record<string, number>>;
}
