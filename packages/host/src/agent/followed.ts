// SPDX-License-Identifier: GPL-2.0-or-later
import type { Freshness, TargetInfo } from '@uptide/stream';

/** What the agent asks of the client of a stream; `openTrustedStream` gives more. */
export interface FollowedStream {
  /** Asks the source for news and believes what verifies. */
  readonly refresh: () => Promise<void>;
  /** What the signed metadata says of a target; undefined when nobody who may speak for it lists it. */
  readonly info: (path: string) => Promise<TargetInfo | undefined>;
  /** Brings a target, of the signed length and digest. */
  readonly download: (path: string) => Promise<Uint8Array>;
  readonly freshness: () => Freshness;
}
