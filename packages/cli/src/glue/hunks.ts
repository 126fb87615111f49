// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a function to the lines of patches that change it. The names are those that the hunks themselves show, so what
// is found here is for people to follow, and nothing is judged by it.
import type { Place } from '@uptide/base';
import { type Hunk, type Patch, pathOf, sourceNameOf } from '@uptide/forge';

/** A hunk, and where it is. */
export interface PlacedHunk {
  /** The file of the kernel source that it changes. */
  readonly file: string;
  readonly hunk: Hunk;
  /** Functions whose lines it changes, as far as the hunk itself names them. */
  readonly functions: ReadonlySet<string>;
}

/** The hunks of patches, in their order. */
export function placedHunks(patches: readonly Pick<Patch, 'changes'>[]): readonly PlacedHunk[] {
  return patches.flatMap(({ changes }) =>
    changes.flatMap((change) =>
      change.hunks.map((hunk) => ({ file: pathOf(change), hunk, functions: changedFunctions(hunk) })),
    ),
  );
}

/**
 * The hunks that a finding of that place comes from: those that change its function in its file; else all of its file;
 * else those that change a function of that name elsewhere, as in a header. None when no patch names either.
 */
export function hunksAt<H extends PlacedHunk>(
  { file, symbol }: Pick<Place, 'file' | 'symbol'>,
  hunks: readonly H[],
): readonly H[] {
  const ofFile = hunks.filter((one) => one.file === file);
  const named = symbol === undefined ? undefined : sourceNameOf(symbol);
  const ofSymbol = (those: readonly H[]): readonly H[] =>
    named === undefined ? [] : those.filter(({ functions }) => functions.has(named));
  if (ofFile.length === 0) return ofSymbol(hunks);
  const narrow = ofSymbol(ofFile);
  return narrow.length === 0 ? ofFile : narrow;
}

/** The line of the patched source at which a hunk begins to change something. */
export function firstChangedLine({ newStart, body }: Pick<Hunk, 'newStart' | 'body'>): number {
  const context = body.findIndex((line) => line.startsWith('+') || line.startsWith('-'));
  return newStart + Math.max(context, 0);
}

/**
 * The functions whose lines a hunk changes: the one that its context names, until a line of its body begins
 * or ends another. Kernel style has both in the first column (Documentation/process/coding-style.rst), and a label
 * or a statement of the preprocessor there is neither.
 */
export function changedFunctions({ context, body }: Pick<Hunk, 'context' | 'body'>): ReadonlySet<string> {
  const changed = new Set<string>();
  let current = beginsAt(context) ?? [];
  for (const text of body) {
    const line = text.slice(1);
    if (line.startsWith('}')) {
      if (!text.startsWith(' ')) for (const name of current) changed.add(name);
      current = [];
      continue;
    }
    current = beginsAt(line) ?? current;
    if (text.startsWith('+') || text.startsWith('-')) for (const name of current) changed.add(name);
  }
  return changed;
}

/** The names before a parenthesis of a line that begins something; undefined when it begins nothing. */
function beginsAt(line: string): readonly string[] | undefined {
  if (!/^[A-Za-z_]/.test(line) || /^\w+\s*:/.test(line)) return undefined;
  if (line.trimEnd().endsWith(';')) return [];
  return [...line.matchAll(/(\w+)\s*\(/g)].map(([, name = '']) => name);
}
