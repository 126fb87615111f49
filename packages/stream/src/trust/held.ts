// SPDX-License-Identifier: GPL-2.0-or-later
/** What a client holds to be true between and during refreshes, and where it keeps it. */
import type { Metadata, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';

type AnySigned = Root | Timestamp | Snapshot | Targets;

/** Verified metadata with its bytes as they were served. */
export interface Held<T extends AnySigned> {
  readonly metadata: Metadata<T>;
  readonly bytes: Uint8Array;
}

/** All that is trusted. Timestamp and snapshot may be missing, old or of different age; then nothing new is believed. */
export interface Trusted {
  readonly root: Held<Root>;
  readonly timestamp: Held<Timestamp> | undefined;
  readonly snapshot: Held<Snapshot> | undefined;
}

/** All four top-level roles, of one age and not past their end. */
export interface Current extends Trusted {
  readonly timestamp: Held<Timestamp>;
  readonly snapshot: Held<Snapshot>;
  readonly targets: Held<Targets>;
}

/** The client's own files. Whatever is read from there is verified again. */
export interface TrustStore {
  /** The root that the stream was subscribed to. */
  readonly embeddedRoot: () => Promise<Uint8Array | undefined>;
  /** What may be the root of this version; damaged files are among it. */
  readonly rootCopies: (version: number) => Promise<readonly Uint8Array[]>;
  /** The highest version of a root that was ever kept; 0 when none was. */
  readonly newestRoot: () => Promise<number>;
  /** What may be the trusted metadata of a role; damaged files are among it. */
  readonly copies: (role: string) => Promise<readonly Uint8Array[]>;
  readonly keepRoot: (version: number, bytes: Uint8Array) => Promise<void>;
  readonly keep: (role: string, bytes: Uint8Array) => Promise<void>;
}
