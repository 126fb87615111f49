// SPDX-License-Identifier: GPL-2.0-or-later

/** Of a compiler's words on one unit the first are kept: they name the cause, and what follows often follows from it. */
const MAX_WORDS = 16 * 1024;

/** A tool's words with the scratch folders cut out of all paths, so that they read as in the tree. */
export function plainWords(stderr: string, scratchFolders: readonly string[]): string {
  let words = stderr;
  for (const folder of [...scratchFolders].sort((a, b) => b.length - a.length)) {
    words = words.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
  }
  words = words.trimEnd();
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}\n...` : words;
}

/** The warnings among the words of the compiler or of objtool, one a line, in their order. */
export function warningsIn(words: string): string[] {
  return words.split('\n').filter((line) => /(?:^|: )warning: /.test(line));
}

/** Is this a warning of objtool's, and not of the compiler's? */
export function isObjtoolWarning(line: string): boolean {
  return /warning: objtool: /.test(line);
}

/**
 * The warnings of post that pre does not have. Line numbers and code offsets are left out of the comparison, since
 * a patch moves both; a warning that stands n times in pre covers n of post.
 */
export function newWarnings(pre: readonly string[], post: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of pre) left.set(placeless(line), (left.get(placeless(line)) ?? 0) + 1);
  return post.filter((line) => {
    const count = left.get(placeless(line)) ?? 0;
    left.set(placeless(line), count - 1);
    return count <= 0;
  });
}

function placeless(line: string): string {
  return line.replace(/:\d+(?::\d+)?:/g, ':').replace(/\+0x[0-9a-f]+/g, '+');
}

/** The end of what a tool says when the disk is full. */
export function saysDiskFull(words: string): boolean {
  return words.includes('No space left on device');
}
