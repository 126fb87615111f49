// SPDX-License-Identifier: GPL-2.0-or-later
import type { SeriesEntry } from './model.ts';

/** What the probe of a fix is called when series.yaml does not say. */
const PROBE_FILE = 'probe.sh';

/** Where the probe of an entry lies, if it has one. */
export interface ProbePlace {
  /** Below the folder of series.yaml. */
  readonly path: string;
  /** Whether the entry names it, so that it has to be there. */
  readonly named: boolean;
}

/**
 * The place of an entry's probe: what its key `probe` says, or `probe.sh` beside its patches when these lie in a
 * folder of their own, below that of series.yaml and without patches of other entries.
 */
export function probePlace(entry: SeriesEntry, entries: readonly SeriesEntry[]): ProbePlace | undefined {
  if (entry.probe !== undefined) return { path: entry.probe, named: true };
  const [folder, ...more] = new Set(entry.patches.map(folderOf));
  if (folder === undefined || folder === '' || more.length > 0) return undefined;
  const others = entries.filter((other) => other !== entry).flatMap(({ patches }) => patches.map(folderOf));
  return others.includes(folder) ? undefined : { path: `${folder}/${PROBE_FILE}`, named: false };
}

/** The folder of a path; empty for that of series.yaml. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
