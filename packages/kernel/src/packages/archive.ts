// SPDX-License-Identifier: GPL-2.0-or-later
import type { PackageRecord } from './control.ts';

/** What a download tells while it runs. */
export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Bytes that are there so far. */
  readonly onBytes?: (bytes: number) => void;
}

/** Where packages come from. */
export interface Archive {
  /** All versions of the named packages that can be fetched. */
  records(names: readonly string[]): Promise<PackageRecord[]>;
  /** Every kernel release that there is an image of. */
  releases(): Promise<string[]>;
  /** Puts the package's file into the folder, which is empty, and gives its path. The caller verifies it. */
  fetch(record: PackageRecord, folder: string, options: FetchOptions): Promise<string>;
}
