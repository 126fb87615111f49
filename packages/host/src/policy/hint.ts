// SPDX-License-Identifier: GPL-2.0-or-later

/** A name with more slips than this is not a slip of that name. */
const MAX_SLIPS = 3;

/** The known name that is nearest to a word, when it is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(MAX_SLIPS, Math.ceil(word.length / 3));
  return known
    .map((name) => ({ name, slips: distance(word, name) }))
    .filter(({ slips }) => slips <= limit)
    .sort((a, b) => a.slips - b.slips)[0]?.name;
}

/** Levenshtein's distance: letters to add, drop or change. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
