// SPDX-License-Identifier: GPL-2.0-or-later
import { type PatchFile, parsePatchSet } from '@uptide/forge';
import { type PlacedHunk, placedHunks } from '../glue/hunks.ts';
import { printable } from '../shell/lines.ts';

/** More lines than fit on a few screens; the patch itself has them all. */
export const MAX_SHOWN_LINES = 200;

/** A hunk that a finding comes from. */
export interface Origin extends PlacedHunk {
  /** The patch file. */
  readonly path: string;
}

/** The hunks of a list of patches; `hunksAt` chooses those that a finding comes from. */
export function hunksIn(patches: readonly PatchFile[]): readonly Origin[] {
  return patches.flatMap(({ path, bytes }) =>
    placedHunks(parsePatchSet(bytes, path).patches).map((placed) => ({ ...placed, path })),
  );
}

/** Hunks as they stand in their patches, cut off when there are too many lines. */
export function describeHunks(origins: readonly Origin[]): string {
  if (origins.length === 0) return 'no patch names this place; it is reached through a file that one changes';
  const lines = origins.flatMap(({ path, file, hunk }) => {
    const { line, oldStart, oldLines, newStart, newLines, context, body } = hunk;
    return [
      `${path}:${line}: ${file}`,
      fromBytes(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@ ${context}`),
      ...body.map(fromBytes),
    ];
  });
  const shown = lines.slice(0, MAX_SHOWN_LINES);
  const left = lines.length - shown.length;
  return printable([...shown, ...(left === 0 ? [] : [`${left} further lines are in the patch`])].join('\n'));
}

/** Latin-1 that holds bytes, as the UTF-8 text that they are. */
function fromBytes(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
