// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Path patterns of delegations (TUF 4.5): `*` is any text within a folder, `?` one character, and `/` is matched by
 * itself alone. The matcher of @tufjs knows braces, classes, negation and comments besides, makes a regular expression
 * of them, and can be kept busy by a hostile pattern; this one takes time in proportion to pattern × path.
 */

/** Characters that other matchers give a meaning; a pattern with them delegates other paths in other clients. */
const READ_DIFFERENTLY = /[[\]{}()!|+@#\\]/;
/** A pattern is a path with wildcards. */
const MAX_PATTERN = 1024;

/** Whether every client reads the pattern in the same way. */
export function isPlainPattern(pattern: string): boolean {
  return pattern.length <= MAX_PATTERN && !READ_DIFFERENTLY.test(pattern);
}

/** Whether the pattern delegates the path. */
export function matchesPattern(pattern: string, path: string): boolean {
  const patterns = pattern.split('/');
  const parts = path.split('/');
  return patterns.length === parts.length && patterns.every((one, at) => matchesPart(one, parts[at] ?? ''));
}

/** Greedy with one way back: to the last `*`, which takes one character more each time. */
function matchesPart(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let here = 0; here < text.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      taken = here;
    } else if (pattern[at] === '?' || pattern[at] === text[here]) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++taken;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
