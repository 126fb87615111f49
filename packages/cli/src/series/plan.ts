// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { sha256, UptideError } from '@uptide/base';
import { parsePatchSet } from '@uptide/forge';
import type { LevelFix } from '@uptide/stream';
import type { PlannedLevel, Series, SeriesEntry } from './model.ts';

/**
 * The levels of a series, each cumulative over the pristine source.
 *
 * @param files the patch files by their paths in the series
 */
export function planLevels({ entries }: Series, files: ReadonlyMap<string, Uint8Array>): PlannedLevel[] {
  return entries.map((entry, index) => {
    const upTo = entries.slice(0, index + 1);
    const gone = new Set(upTo.flatMap(({ undoes = [] }) => undoes));
    return {
      level: index + 1,
      entry,
      entryDigest: digestOf(entry),
      own: entry.patches.map((path) => ({ path, sha256: fileDigest(bytesOf(path, files)) })),
      patches: upTo.flatMap(({ patches }) => patches.map((path) => ({ path, bytes: bytesOf(path, files) }))),
      fixes: upTo.filter(({ id }) => !gone.has(id)).map(fixOf),
      undone: upTo
        .filter(({ id }) => gone.has(id))
        .map((undone) => ({ ...fixOf(undone), cves: allCves(undone, files) })),
    };
  });
}

function fixOf({ patches: _patches, probe: _probe, undoes: _undoes, ...fix }: SeriesEntry): LevelFix {
  return fix;
}

function allCves({ cves, patches }: SeriesEntry, files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const named = patches.flatMap((path) =>
    parsePatchSet(bytesOf(path, files), path).patches.flatMap((patch) => patch.cves),
  );
  return [...new Set([...cves, ...named])].sort();
}

/** SHA-256 of a file, as sha256sum prints it. */
export function fileDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function bytesOf(path: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new UptideError('INTERNAL', `${path} was not read`);
  return bytes;
}

/** In an order of its own, so that it does not change when keys are moved or comments are written. */
function digestOf({ id, title, cves, advisory, severity, date, patches, undoes }: SeriesEntry): string {
  const said = [id, title, cves, advisory ?? null, severity ?? null, date ?? null, patches];
  if (undoes !== undefined) said.push(undoes);
  return sha256('uptide series entry 1', JSON.stringify(said));
}
