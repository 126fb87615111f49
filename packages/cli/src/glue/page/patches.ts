// SPDX-License-Identifier: GPL-2.0-or-later
import { type FileChange, ForgeError, type Hunk, parsePatchSet } from '@uptide/forge';
import type { CarriedFile } from '@uptide/stream';

/** Lines of patches in one page: browsers take this many, and nobody reads more. */
export const MAX_LINES = 100_000;

/** A hunk with its name in the page. */
export interface ShownHunk {
  readonly id: string;
  readonly hunk: Hunk;
  /** Functions whose lines it changes, as far as the hunk itself names them. */
  readonly functions: ReadonlySet<string>;
}

/** A patch file as it is shown. */
export interface ShownPatch {
  readonly name: string;
  readonly files: readonly { readonly change: FileChange; readonly hunks: readonly ShownHunk[] }[];
  /** Lines that are left out because the page would be too long. */
  readonly omitted: number;
  /** Why it could not be read; then `raw` is its text. */
  readonly failure: string | undefined;
  readonly raw: string;
}

/** Reads the patches of an update. A patch that cannot be read is shown as text. */
export function showPatches(patches: readonly CarriedFile[]): readonly ShownPatch[] {
  let left = MAX_LINES;
  return patches.map(({ name, bytes }, index) => {
    const changes = readChanges(name, bytes);
    if (typeof changes === 'string') {
      const lines = Buffer.from(bytes).toString('utf8').split('\n');
      const shown = lines.slice(0, left);
      left -= shown.length;
      const omitted = lines.length - shown.length;
      return { name, files: [], omitted, failure: changes, raw: shown.join('\n') };
    }
    let [count, omitted] = [0, 0];
    const files = changes.map((change) => ({
      change,
      hunks: change.hunks.flatMap((hunk) => {
        count += 1;
        if (hunk.body.length > left) {
          omitted += hunk.body.length;
          return [];
        }
        left -= hunk.body.length;
        return [{ id: `p${index + 1}h${count}`, hunk, functions: changedFunctions(hunk) }];
      }),
    }));
    return { name, files, omitted, failure: undefined, raw: '' };
  });
}

function readChanges(name: string, bytes: Uint8Array): readonly FileChange[] | string {
  try {
    return parsePatchSet(bytes, name).patches.flatMap(({ changes }) => changes);
  } catch (error) {
    if (error instanceof ForgeError) return `${error.code}: ${error.message}`;
    throw error;
  }
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
