// SPDX-License-Identifier: GPL-2.0-or-later
import type { BaselineRecord } from '@uptide/kernel';
import { formatTable } from '../shell/lines.ts';

/** A baseline as people read it. */
export function describeBaseline(record: BaselineRecord): string {
  return formatTable([
    ['kernel', record.release],
    ['build id', record.buildId],
    ['source', record.sourceVersion],
    ['compiler', record.compilerText],
    ['translation units', String(record.units)],
    ['disk', formatSize(record.bytes)],
    ...record.packages.map(({ name, version }, index) => [
      index === 0 ? 'packages' : '',
      `${name} ${version}`,
    ]),
  ]);
}

/** Bytes for people: `1.9 GB`, `12.3 MB`. */
export function formatSize(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
