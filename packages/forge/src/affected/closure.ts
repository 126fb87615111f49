// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who can come out different when names have changed their meaning?
//
// The problem. `struct queue` changes. A unit that never says `queue` may call an inline function of another header
// that does, and may include that header over three others.
//
// The approach. Names lead to headers that say them; the rules of their declarations (source/declarations.ts) lead
// to further names, until there are no more. A unit is a candidate when it can include one of the changed headers,
// and one of the files that it can include, or its own source, makes code that says one of the names: that is every
// file but a header, and a header when the declaration in it makes code by itself.
//
// Headers count that some unit includes together with a changed one. A common name can still lead to units that have
// nothing to do with the change; they are compiled and found unchanged.
//
// Cost: half a second for each round over the whole kernel; most changes take three.
import type { Rule } from '../source/declarations.ts';
import { couldMake } from '../source/pastes.ts';
import type { SourceIndex } from './source-index.ts';
import { filesSaying, halvesOf } from './word-search.ts';

/** The names and files that a change reaches. */
export interface Reached {
  readonly names: ReadonlySet<string>;
  /** Numbers of the files that make other code when the names change their meaning. */
  readonly files: ReadonlySet<number>;
}

/** Names after which a change is taken to reach everybody: it is of something that the whole kernel is made of. */
const MAX_NAMES = 400;

/** Headers that are read for it, with the same meaning; each takes some milliseconds. */
const MAX_HEADERS = 1000;

/**
 * Follows names through the rules of all headers.
 *
 * @param rulesOf the rules of a header's declarations, by its number in the index
 * @param meets can a file be in one unit with what changed?
 * @returns undefined when there are too many names or headers to be followed
 */
export function followNames(
  index: SourceIndex,
  names: Iterable<string>,
  rulesOf: (file: number) => readonly Rule[],
  meets: (file: number) => boolean = () => true,
): Reached | undefined {
  const reached = new Set(names);
  const files = new Set<number>();
  const rules = new RuleSearch();
  let unasked = [...reached];
  while (unasked.length > 0) {
    for (const file of filesSaying(index, unasked)) {
      if (!meets(file)) continue;
      if (index.files[file]?.endsWith('.h') !== true) files.add(file);
      else if (rules.count < MAX_HEADERS) rules.add(file, () => rulesOf(file));
      else return undefined;
    }
    // A header that is new may say names that were asked for before.
    const before = reached.size;
    for (const name of reached) {
      for (const { rule, file } of rules.saying(name)) {
        // Whoever could use the names includes the file as well.
        if (rule.everything) files.add(file);
        else for (const next of rule.names) reached.add(next);
      }
      if (reached.size > MAX_NAMES) return undefined;
    }
    unasked = [...reached].slice(before);
  }
  return { names: reached, files };
}

/** The rules of headers by the words that they wait for. */
class RuleSearch {
  readonly #files = new Set<number>();
  readonly #byWord = new Map<string, { readonly rule: Rule; readonly file: number }[]>();
  readonly #pasting: { readonly rule: Rule; readonly file: number }[] = [];

  /** Headers whose rules are there. */
  get count(): number {
    return this.#files.size;
  }

  /** Takes the rules of a header in, if they are not there already. */
  add(file: number, rulesOf: () => readonly Rule[]): void {
    if (this.#files.has(file)) return;
    this.#files.add(file);
    for (const rule of rulesOf()) {
      const entry = { rule, file };
      if (rule.pastes.length > 0) this.#pasting.push(entry);
      for (const word of rule.words) {
        const list = this.#byWord.get(word);
        if (list === undefined) this.#byWord.set(word, [entry]);
        else list.push(entry);
      }
    }
  }

  /** The rules whose words or pastes say a name, or two halves of it. */
  *saying(name: string): Generator<{ readonly rule: Rule; readonly file: number }> {
    yield* this.#byWord.get(name) ?? [];
    for (const entry of this.#pasting)
      if (entry.rule.pastes.some((paste) => couldMake(paste, name))) yield entry;
    for (const [first, second] of halvesOf(name)) {
      if (!this.#byWord.has(second)) continue;
      for (const entry of this.#byWord.get(first) ?? []) if (entry.rule.words.has(second)) yield entry;
    }
  }
}

/** The files that these can include over any number of files, and they themselves. */
export function includedBy(index: SourceIndex, files: Iterable<number>): Set<number> {
  const seen = new Set(files);
  for (const file of seen) for (const included of index.includes[file] ?? []) seen.add(included);
  return seen;
}

/** The files that can include one of `targets` over any number of files, and the targets. */
export function includersIn(index: SourceIndex, targets: Iterable<number>): Set<number> {
  const includers: number[][] = index.files.map(() => []);
  for (const [file, included] of index.includes.entries()) {
    for (const target of included) includers[target]?.push(file);
  }
  const seen = new Set(targets);
  for (const file of seen) for (const includer of includers[file] ?? []) seen.add(includer);
  return seen;
}
