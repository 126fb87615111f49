// SPDX-License-Identifier: GPL-2.0-or-later
import type { KernelIndex } from '../formats/index-file.ts';
import type { CveNote } from './notes.ts';

/** The package by which a distribution ships the kernel. */
export interface KernelPackage {
  /** e.g. `linux-image-6.1.0-50-amd64`. */
  readonly name: string;
  readonly version: string;
}

/** Who publishes the feeds. */
export interface FeedPublisher {
  readonly name: string;
  /** An address that belongs to the publisher alone; without it there is no CSAF, which names documents by it. */
  readonly home?: string | undefined;
}

/** All that the feeds of one kernel are made from. */
export interface FeedInput {
  /** With the package of the kernel; without it, only `cves.json` can be made. */
  readonly index: KernelIndex;
  /** Judged by `judgeNotes`. */
  readonly notes: readonly CveNote[];
  readonly publisher: FeedPublisher;
}
