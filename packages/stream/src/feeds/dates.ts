// SPDX-License-Identifier: GPL-2.0-or-later
import type { KernelIndex } from '../formats/index-file.ts';
import type { CveNote } from './notes.ts';

/** Every moment at which something was said of a kernel, rising, each once. No clock: the feeds date themselves by it. */
export function moments({ levels, ended }: KernelIndex, notes: readonly CveNote[]): string[] {
  const all = [
    ...levels.flatMap(({ date, withdrawn }) => [date, ...(withdrawn === undefined ? [] : [withdrawn.date])]),
    ...(ended === undefined ? [] : [ended.date]),
    ...notes.map(noteMoment),
  ];
  return [...new Set(all)].sort();
}

/** A note has a day; it counts from the day's beginning. */
export function noteMoment({ date }: CveNote): string {
  return `${date}T00:00:00Z`;
}
