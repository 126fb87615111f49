// SPDX-License-Identifier: GPL-2.0-or-later
/** What a client of a stream gets, and what it asks of the world. Nothing of a source is believed. */
import type { StreamError } from '../error.ts';

/** Where the files of a stream come from: a web server, a folder, several mirrors. */
export interface Source {
  /** For messages: an address or a path, without passwords. */
  readonly name: string;
  /**
   * Reads `metadata/...` or `targets/...`.
   *
   * @param path below the address of the stream, percent-encoded as in an address.
   * @param limit the most bytes that the file may have; a source stops reading beyond it.
   * @returns undefined when the source does not have the file.
   * @throws StreamError STREAM_UNREACHABLE, STREAM_ENDLESS_DATA, STREAM_TOO_SLOW; UptideError INTERRUPTED.
   */
  readonly read: (path: string, limit: number) => Promise<Uint8Array | undefined>;
  /**
   * Tells the source that what it gave for `path` did not verify.
   *
   * @returns whether reading `path` again asks somebody else.
   */
  readonly reject?: (path: string, reason: StreamError) => boolean;
  /** What went wrong with single mirrors although the stream as a whole could be read. */
  readonly faults?: () => readonly SourceFault[];
}

/** A mirror that could not be read, or that sent what does not verify. */
export interface SourceFault {
  /** The mirror, without passwords. */
  readonly source: string;
  readonly path: string;
  readonly error: StreamError;
}

/** What the signed metadata says of a target. */
export interface TargetInfo {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** A role that lists targets, verified. */
export interface TrustedRole {
  readonly name: string;
  readonly version: number;
  /** The metadata as it was served. */
  readonly bytes: Uint8Array;
  readonly targets: readonly TargetInfo[];
}

/**
 * How long after its end metadata of some roles is still taken, where news come on foot. Only roles that say what is
 * newest have a short life for the sake of freshness; see "Air gaps" in docs/stream.md.
 */
export interface Lateness {
  readonly roles: readonly string[];
  readonly milliseconds: number;
}

/** How fresh the trusted metadata is. Moments are milliseconds since 1970. */
export interface Freshness {
  /** The last refresh that reached and accepted a timestamp; undefined before the first one. */
  readonly checked?: number;
  /** When the trusted timestamp ends: after that, nothing new is believed, and the stream is stale since then. */
  readonly expires?: number;
  /** When the trusted timestamp was first seen; the source has said nothing new since. */
  readonly unchangedSince?: number;
  /** Versions of the trusted metadata by role. */
  readonly versions: Readonly<Record<string, number>>;
}
