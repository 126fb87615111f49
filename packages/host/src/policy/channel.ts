// SPDX-License-Identifier: GPL-2.0-or-later

/** How eager a host is. A stream knows nothing of it: a channel is a name for two settings of the host. */
export const CHANNELS = {
  /** For machines that exist to find out. */
  test: { delay: 0, ignoreWaves: true },
  normal: { delay: 0, ignoreWaves: false },
  /** For machines that may wait until a week of others has gone well. */
  late: { delay: 7 * 24 * 3_600_000, ignoreWaves: false },
} as const;

/** The name of a channel. */
export const CHANNEL_NAMES = ['test', 'normal', 'late'] as const satisfies (keyof typeof CHANNELS)[];
