// SPDX-License-Identifier: GPL-2.0-or-later
import type { Status } from '@uptide/host';
import { oneLine, printable } from '../../shell/lines.ts';

/** The status of a host as people read it. */
export function describeStatus(status: Status): string {
  const { state, effectiveVersion, reasons } = status;
  const lines = [
    `${effectiveVersion}: ${state}`,
    ...reasons.map(({ code, reason }) => indent(code === undefined ? reason : `${code}: ${reason}`)),
    ...liveLines(status),
    ...streamLines(status),
    ...cveLines(status),
    ...status.strikes.map(
      ({ level, last, reason }) => `quarantined: level ${level} since ${last}: ${reason}`,
    ),
    ...(status.uncleanBoots === 0 ? [] : [`boots in a row that ended uncleanly: ${status.uncleanBoots}`]),
  ];
  return lines.map(printable).join('\n');
}

function liveLines({ live, transition }: Status): string[] {
  if (live === undefined) return ['live: nothing'];
  const took = live.transitionMilliseconds;
  const words = [
    `live: level ${live.level}, ${oneLine(live.title)}`,
    live.trust === 'trusted' ? 'trusted' : 'on probation',
    `since ${live.since}`,
    ...(took === undefined ? [] : [`switched in ${took} ms`]),
  ];
  const waiting =
    transition === undefined
      ? []
      : [
          `transition to level ${transition.level} since ${transition.since}`,
          ...transition.blocking.map(indent),
        ];
  return [words.join(', '), ...waiting];
}

function streamLines({ stream }: Status): string[] {
  if (stream === undefined) return [];
  const { url, checked, expires, staleSince, error, coveredUntil, ended } = stream;
  const fresh =
    staleSince === undefined ? `good until ${expires ?? 'it is read'}` : `STALE since ${staleSince}`;
  return [
    `stream: ${url}, read ${checked ?? 'never'}, ${fresh}`,
    ...(error === undefined ? [] : [indent(`last attempt ${error.date}: ${error.reason}`)]),
    ...(coveredUntil === undefined ? [] : [indent(`levels are promised until ${coveredUntil}`)]),
    ...(ended === undefined ? [] : [indent(`no more levels: ${ended.reason}`)]),
  ];
}

function cveLines({ cves }: Status): string[] {
  if (cves.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { state } of cves) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [`CVEs: ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ')}`];
}

function indent(text: string): string {
  return `  ${text.replaceAll('\n', '\n    ')}`;
}
