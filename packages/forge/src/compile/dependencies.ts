// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * Reads a list of dependencies as GCC's -MD writes it: one make rule, `target: file file \<newline> file`, with
 * spaces and number signs escaped by a backslash and `$` doubled (gcc/libcpp/mkdeps.cc, munge).
 *
 * @returns the files in the compiler's order; undefined when the text is no such rule
 */
export function readDependencies(text: string): string[] | undefined {
  const joined = text.replace(/\\\r?\n/g, ' ');
  const colon = /:(?=\s|$)/.exec(joined);
  if (colon === null) return undefined;
  const [rule = ''] = joined.slice(colon.index + 1).split('\n');
  const files: string[] = [];
  for (const [word] of rule.matchAll(/(?:\\[ #\\:]|[^\s])+/g)) {
    files.push(word.replace(/\\([ #:])/g, '$1').replaceAll('$$', '$'));
  }
  return files;
}
