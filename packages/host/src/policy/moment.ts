// SPDX-License-Identifier: GPL-2.0-or-later

/** A moment in UTC to the second, as the files of a stream and the status have it. */
export function formatMoment(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A field `until`; none when the moment is no real one, such as the 30th of February. */
export function untilMoment(milliseconds: number): { readonly until?: number } {
  return Number.isFinite(milliseconds) ? { until: milliseconds } : {};
}
