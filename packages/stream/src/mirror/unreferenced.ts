// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Which files of a mirror may go. A reader that began before the last publication still fetches what was listed then,
 * and a cache in between may hold an old timestamp; so a file that is not listed any more stays for a while. When it
 * was first seen unlisted is written down; the times of files say when they were copied, which is something else.
 */

/** Moments in milliseconds since 1970 at which files were first seen unlisted, by name. */
export type Marks = Readonly<Record<string, number>>;

/** What to do with the files that are there and not listed. */
export interface PrunePlan {
  readonly remove: readonly string[];
  /** The marks of those that stay for now. */
  readonly marks: Marks;
}

/**
 * Plans.
 *
 * @param grace milliseconds for which an unlisted file stays; undefined when none is to go.
 */
export function planPrune(
  present: Iterable<string>,
  listed: ReadonlySet<string>,
  marks: Marks,
  now: number,
  grace: number | undefined,
): PrunePlan {
  const unlisted = [...present].filter((name) => !listed.has(name)).sort();
  const since = (name: string): number => (Object.hasOwn(marks, name) ? (marks[name] ?? now) : now);
  const remove = unlisted.filter((name) => grace !== undefined && now - since(name) >= grace);
  const gone = new Set(remove);
  const left = unlisted.filter((name) => !gone.has(name));
  return { remove, marks: Object.fromEntries(left.map((name) => [name, since(name)])) };
}
