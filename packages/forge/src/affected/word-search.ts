// SPDX-License-Identifier: GPL-2.0-or-later
import { couldMake } from '../source/pastes.ts';
import { wordHash } from '../source/words.ts';
import type { SourceIndex } from './source-index.ts';

/** The shortest part of a name that is looked for when a name may be pasted together of two words. */
const MIN_PART = 2;

/**
 * The files that may say one of these names: as a word, by a macro that pastes it from a part of its own, or as two
 * words that make the name when a macro pastes them.
 *
 * @returns numbers of files in the index
 */
export function filesSaying(index: SourceIndex, names: Iterable<string>): Set<number> {
  const wanted = new Set<number>();
  const halves = new Map<number, number>();
  const pairs: (readonly [number, number])[] = [];
  const half = (word: string): number => {
    const hash = wordHash(word);
    if (!halves.has(hash)) halves.set(hash, halves.size);
    return halves.get(hash) ?? 0;
  };
  const list = [...names];
  for (const name of list) {
    wanted.add(wordHash(name));
    for (const [first, second] of halvesOf(name)) pairs.push([half(first), half(second)]);
  }
  const files = new Set<number>();
  for (let file = 0; file < index.files.length; file += 1) {
    const present = new Set<number>();
    let said = false;
    for (let at = index.starts[file] ?? 0; at < (index.starts[file + 1] ?? 0) && !said; at += 1) {
      const hash = index.words[at] ?? 0;
      if (wanted.has(hash)) said = true;
      else {
        const number = halves.get(hash);
        if (number !== undefined) present.add(number);
      }
    }
    said ||= present.size > 1 && pairs.some(([first, second]) => present.has(first) && present.has(second));
    said ||= (index.pastes[file] ?? []).some((paste) => list.some((name) => couldMake(paste, name)));
    if (said) files.add(file);
  }
  return files;
}

/**
 * The two words that a macro could paste a name from, at each place where it can be cut. The second half of a
 * pasted name may begin with a digit, which is no word of its own: then the first half alone is not enough.
 */
export function halvesOf(name: string): [first: string, second: string][] {
  const halves: [string, string][] = [];
  for (let at = MIN_PART; at <= name.length - MIN_PART; at += 1) {
    const second = name.slice(at);
    if (!/^\d/.test(second)) halves.push([name.slice(0, at), second]);
  }
  return halves;
}
