// SPDX-License-Identifier: GPL-2.0-or-later
import { createHmac } from 'node:crypto';

/** Places are hundredths of a percent, so that a wave of one percent is a hundred of them. */
export const PLACES = 10_000;

/**
 * The place of a host among all hosts for one update, from 0 to 9,999: it may have the update when a wave's
 * `percent * 100` is greater. It rests on a secret that never leaves the host, so no server chooses hosts; and on
 * the update, so that not the same hosts come first each time.
 */
export function placeOf(secret: Uint8Array, updateId: string): number {
  return createHmac('sha256', secret).update(updateId, 'utf8').digest().readUInt32BE(0) % PLACES;
}
