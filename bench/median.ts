// SPDX-License-Identifier: GPL-2.0-or-later

/** The middle of some numbers; of an even count the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = sorted.slice(half - 1 + (sorted.length % 2), half + 1);
  return sorted.length % 2 === 1 ? low : (low + high) / 2;
}
