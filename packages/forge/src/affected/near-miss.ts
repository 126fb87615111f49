// SPDX-License-Identifier: GPL-2.0-or-later
import type { Hunk } from '../patch/model.ts';

/** The place of a file that is most like what a hunk expects. */
export interface NearMiss {
  /** Line of the file at which the place begins, counted from 1. */
  readonly line: number;
  /** Lines that are equal there, of all lines that the hunk expects. */
  readonly equal: number;
  readonly expectedLines: number;
  /**
   * The first line that differs: its number in the file, what the hunk expects and what is there. Undefined when all
   * are equal: then the hunk has no context on one side, and fits at the beginning or the end of a file alone.
   */
  readonly differs:
    | { readonly line: number; readonly expected: string; readonly found: string | undefined }
    | undefined;
  /** The file has the text already that the hunk would make. */
  readonly applied: boolean;
}

/** Steps after which the search gives up: hunk lines times file lines; 200 lines in 60,000 take some 50 ms. */
const MAX_COMPARISONS = 20_000_000;

/**
 * Finds where a hunk that does not apply would fit best. Of equally good places the one that is nearest to the
 * hunk's own line is taken. Returns undefined when no line of the hunk is in the file, or when the two are too
 * large to be searched.
 *
 * @param file the whole file, bytes as Latin-1
 */
export function findNearMiss(hunk: Hunk, file: string): NearMiss | undefined {
  const lines = file.split('\n');
  const expected = hunk.body
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith('-'))
    .map(text);
  const after = hunk.body
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith('+'))
    .map(text);
  if (expected.length === 0 || expected.length * lines.length > MAX_COMPARISONS) return undefined;
  let best = { start: 0, equal: 0 };
  for (let start = 1 - expected.length; start < lines.length; start += 1) {
    const equal = countEqual(expected, lines, start);
    const nearer = Math.abs(start + 1 - hunk.oldStart) < Math.abs(best.start + 1 - hunk.oldStart);
    if (equal > best.equal || (equal === best.equal && nearer)) best = { start, equal };
  }
  if (best.equal === 0) return undefined;
  const first = expected.findIndex((line, index) => lines[best.start + index] !== line);
  return {
    line: Math.max(best.start, 0) + 1,
    equal: best.equal,
    expectedLines: expected.length,
    differs:
      first === -1
        ? undefined
        : { line: best.start + first + 1, expected: expected[first] ?? '', found: lines[best.start + first] },
    applied:
      after.length > 0 && lines.some((_line, start) => countEqual(after, lines, start) === after.length),
  };
}

function countEqual(wanted: readonly string[], lines: readonly string[], start: number): number {
  let equal = 0;
  for (let index = 0; index < wanted.length; index += 1)
    if (lines[start + index] === wanted[index]) equal += 1;
  return equal;
}

/** A line of a hunk without the mark at its start. */
function text(line: string): string {
  return line.slice(1);
}
