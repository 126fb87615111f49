// SPDX-License-Identifier: GPL-2.0-or-later
import type { CvesFile } from '../formats/cves-file.ts';
import type { KernelIndex } from '../formats/index-file.ts';
import { moments } from './dates.ts';
import { type CveFix, highest, standingFixes } from './fixes.ts';
import type { FeedInput } from './model.ts';
import { type CveNote, lastNotes } from './notes.ts';

type CveStatus = CvesFile['cves'][string];

/** `cves.json` of a kernel: what its levels fix, and what the maker notes of all other CVEs. */
export function cvesFile({ index, notes }: Pick<FeedInput, 'index' | 'notes'>): CvesFile {
  const { fixed, lost } = standingFixes(index);
  const last = lastNotes(notes);
  const newest = index.levels.findLast(({ withdrawn }) => withdrawn === undefined)?.level ?? 0;
  const statuses = new Map<string, CveStatus>([
    ...[...lost].map(([cve, level]): [string, CveStatus] => [cve, lostStatus(level)]),
    ...[...last].map(([cve, note]): [string, CveStatus] => [cve, notedStatus(note, newest)]),
    ...[...fixed].map(([cve, fix]): [string, CveStatus] => [cve, fixedStatus(fix, agreeing(last.get(cve)))]),
  ]);
  return {
    schema: 1,
    distribution: index.distribution,
    kernel: index.kernel,
    date: moments(index, notes).at(-1) ?? '1970-01-01T00:00:00Z',
    cves: Object.fromEntries([...statuses].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function fixedStatus({ since, fixes }: CveFix, note: CveNote | undefined): CveStatus {
  const reference = note?.reference ?? fixes.find(({ advisory }) => advisory !== undefined)?.advisory;
  const severity = note?.severity ?? highest(fixes.map((fix) => fix.severity));
  return {
    status: 'fixed',
    since,
    ...(note?.reason === undefined ? {} : { reason: note.reason }),
    ...(reference === undefined ? {} : { reference }),
    ...(severity === undefined ? {} : { severity }),
  };
}

/** A note that a level overtook says nothing of the fix. */
function agreeing(note: CveNote | undefined): CveNote | undefined {
  return note?.status === 'fixed' ? note : undefined;
}

/** A note speaks of a level and all above it; when none of them is left, nothing closes the CVE any more. */
function notedStatus({ cve: _cve, date: _date, ...status }: CveNote, newest: number): CveStatus {
  if ((status.since ?? 0) <= newest) return status;
  const { since, severity } = status;
  const reason = `level ${since} and all above it were withdrawn`;
  return { status: 'pending', reason, ...(severity === undefined ? {} : { severity }) };
}

function lostStatus({ level, withdrawn }: KernelIndex['levels'][number]): CveStatus {
  const reason =
    withdrawn === undefined
      ? `level ${level} fixed it, and the newest level does not`
      : `level ${level}, which fixed it, was withdrawn: ${withdrawn.reason}`;
  return { status: 'pending', reason };
}
