// SPDX-License-Identifier: GPL-2.0-or-later
import { type FileChange, ForgeError, type Patch, parsePatchSet, pathOf } from '@uptide/forge';
import type { CarriedFile } from '@uptide/stream';
import { changedFunctions, firstChangedLine, type PlacedHunk } from '../hunks.ts';
import { type Html, html, NOTHING } from './escape.ts';

/** Lines of patches in one page: browsers take this many, and nobody reads more. */
export const MAX_LINES = 100_000;

/** A hunk with its name in the page. */
export interface ShownHunk extends PlacedHunk {
  readonly id: string;
  /** From 1; undefined where there is only one. */
  readonly patch: number | undefined;
}

/** A patch file as it is shown. */
export interface ShownPatch {
  readonly name: string;
  /** From 1; undefined where there is only one. */
  readonly number: number | undefined;
  /** The subject of its first mail. */
  readonly title: string | undefined;
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
    const read = readPatch(name, bytes);
    const number = patches.length === 1 ? undefined : index + 1;
    if (typeof read === 'string') {
      const lines = Buffer.from(bytes).toString('utf8').split('\n');
      const shown = lines.slice(0, left);
      left -= shown.length;
      const omitted = lines.length - shown.length;
      return { name, number, title: undefined, files: [], omitted, failure: read, raw: shown.join('\n') };
    }
    let [count, omitted] = [0, 0];
    const changes = read.flatMap((patch) => patch.changes);
    const files = changes.map((change) => ({
      change,
      hunks: change.hunks.flatMap((hunk) => {
        count += 1;
        if (hunk.body.length > left) {
          omitted += hunk.body.length;
          return [];
        }
        left -= hunk.body.length;
        const id = `p${index + 1}h${count}`;
        return [{ id, patch: number, file: pathOf(change), hunk, functions: changedFunctions(hunk) }];
      }),
    }));
    const title = read.map((patch) => patch.title).find((one) => one !== undefined && one !== '');
    return { name, number, title, files, omitted, failure: undefined, raw: '' };
  });
}

/** All hunks that are shown. */
export function hunksOf(patches: readonly ShownPatch[]): readonly ShownHunk[] {
  return patches.flatMap(({ files }) => files.flatMap(({ hunks }) => hunks));
}

/** Links to hunks: `in the patch: line 12, line 40`, or with the number of the patch where there are several. */
export function hunkLinks(hunks: readonly ShownHunk[]): Html {
  const links = hunks.map(({ id, patch, hunk }) => {
    const line = firstChangedLine(hunk);
    return html` <a href="#${id}">${patch === undefined ? `line ${line}` : `${patch}, line ${line}`}</a>`;
  });
  if (links.length === 0) return NOTHING;
  return html`${hunks[0]?.patch === undefined ? 'in the patch:' : 'in patch'}${links} `;
}

function readPatch(name: string, bytes: Uint8Array): readonly Patch[] | string {
  try {
    return parsePatchSet(bytes, name).patches;
  } catch (error) {
    if (error instanceof ForgeError) return `${error.code}: ${error.message}`;
    throw error;
  }
}
