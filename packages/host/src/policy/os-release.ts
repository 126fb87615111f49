// SPDX-License-Identifier: GPL-2.0-or-later
import { fields } from '@uptide/stream';

/**
 * The distribution series that os-release(5) names: `ID` and `VERSION_ID`, such as `debian-12`; undefined when it
 * names none, as a rolling distribution does.
 */
export function readSeries(osRelease: string): string | undefined {
  const values = new Map<string, string>();
  for (const line of osRelease.split('\n')) {
    const [, name, double, single, plain] =
      /^([A-Z][A-Z0-9_]*)=(?:"([^"]*)"|'([^']*)'|([^\s"']*))\s*$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, double ?? single ?? plain ?? '');
  }
  const series = fields.distribution.safeParse(`${values.get('ID')}-${values.get('VERSION_ID')}`);
  return series.success ? series.data : undefined;
}
