// SPDX-License-Identifier: GPL-2.0-or-later
/** Mirrors, exports and imports, as options say them and as people read them. */
import { UptideError } from '@uptide/base';
import { type MirrorReport, type TargetFilter, targetFilterSchema } from '@uptide/stream';
import { printable } from '../../shell/lines.ts';

/** @throws UptideError USAGE when a glob is none. */
export function filterOf({
  distribution: distributions = [],
  release: releases = [],
}: {
  readonly distribution?: readonly string[] | undefined;
  readonly release?: readonly string[] | undefined;
}): TargetFilter {
  const read = targetFilterSchema.safeParse({ distributions, releases });
  if (read.success) return read.data;
  throw new UptideError('USAGE', 'a glob is made of letters, digits, . + ~ _ - and * and ?');
}

/** The report as programs read it: of an error its code, place and reason. */
export function mirrorToJson(folder: string, { faults, ...report }: MirrorReport): object {
  const told = faults.map(({ source, path, error }) => ({
    source,
    path,
    code: error.code,
    reason: error.message,
  }));
  return { schema: 1, folder, ...report, faults: told };
}

export function describeMirror(folder: string, report: MirrorReport): string {
  const { freshness, targets, pruned, unlisted, metadata, faults } = report;
  const { timestamp = 0 } = freshness.versions;
  const ends =
    freshness.expires === undefined ? '' : `, good until ${new Date(freshness.expires).toISOString()}`;
  const megabytes = (targets.bytes / 1e6).toFixed(1);
  return [
    `${folder}: timestamp ${timestamp}${ends}`,
    `${targets.fetched} files fetched (${megabytes} MB), ${targets.carried} of ${targets.listed} carried, ${metadata} files of metadata written`,
    ...(pruned.length + unlisted > 0
      ? [`${pruned.length} files removed, ${unlisted} not listed any more`]
      : []),
    ...faults.map(({ source, error }) => `${source}: ${error.describe()}`),
  ]
    .map(printable)
    .join('\n');
}
