// SPDX-License-Identifier: GPL-2.0-or-later
/** Spans of time and amounts of bytes as people write them in a configuration. */

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1000, MB: 1_000_000, GB: 1_000_000_000 };

/** A span such as `30s`, `15min`, `48h` or `7d` in milliseconds; undefined when it is none. */
export function readSpan(text: string): number | undefined {
  const value = readAmount(text, SECONDS);
  return value === undefined ? undefined : value * 1000;
}

/** Bytes such as `500kB` or `2MB`; undefined when it is no such amount. */
export function readBytes(text: string): number | undefined {
  return readAmount(text, BYTES);
}

function readAmount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,9}) ?([A-Za-z]{1,3})$/.exec(text) ?? [];
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? undefined : Number(digits) * factor;
}
