// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The status for Nagios, Icinga and what understands their plug-ins (Monitoring Plugins Development Guidelines):
 * one line `UPTIDE STATUS - words | performance data`, further lines with details, and an exit status that says it.
 */
import type { Status } from './status.ts';

/** What a plug-in says with its exit status. */
const VERDICTS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
type Verdict = (typeof VERDICTS)[number];

/** How bad each state is by itself. */
const OF_STATE: Readonly<Record<Status['state'], Verdict>> = {
  disabled: 'WARNING',
  stopped: 'CRITICAL',
  'reboot-first': 'WARNING',
  quarantined: 'CRITICAL',
  halted: 'WARNING',
  blocked: 'WARNING',
  'no-stream': 'UNKNOWN',
  unsupported: 'WARNING',
  'held-by-policy': 'OK',
  'waiting-wave': 'OK',
  'update-available': 'WARNING',
  current: 'OK',
};

/** Plug-ins may be cut off by their callers after 4 KB; the details come last. */
const MAX_DETAIL_LINES = 20;
const MAX_LINE = 200;

/** What a plug-in prints, and the exit status with which it ends. */
export interface NagiosOutput {
  readonly text: string;
  readonly exit: 0 | 1 | 2 | 3;
}

/** The status as the output of a plug-in. */
export function nagiosOutput(status: Status): NagiosOutput {
  const concerns = concernsOf(status);
  const verdict = worst([OF_STATE[status.state], ...concerns.map(([one]) => one)]);
  const level = status.live === undefined ? 'nothing is live' : `level ${status.live.level} is live`;
  const words = [`${status.state} on ${status.kernel.release}`, level, ...concerns.map(([, text]) => text)];
  const details = status.reasons.slice(0, MAX_DETAIL_LINES).map(({ code, reason }) => {
    return plain(code === undefined ? reason : `${code}: ${reason}`);
  });
  const first = `UPTIDE ${verdict} - ${plain(words.join(', '))} | ${performanceData(status)}`;
  const exits = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;
  return { text: [first, ...details].join('\n'), exit: exits[verdict] };
}

/** What is wrong whatever the state. */
function concernsOf({
  cves,
  stream,
  transition,
  uncleanBoots,
}: Status): readonly (readonly [Verdict, string])[] {
  const waiting = cves.filter(({ state }) => state === 'available');
  const critical = waiting.filter(({ severity }) => severity === 'critical').length;
  const high = waiting.filter(({ severity }) => severity === 'high').length;
  return [
    ...(critical > 0 ? [['CRITICAL', `${critical} critical CVEs could be closed`] as const] : []),
    ...(high > 0 ? [['WARNING', `${high} high CVEs could be closed`] as const] : []),
    ...(stream?.staleSince === undefined ? [] : [['WARNING', `no news since ${stream.staleSince}`] as const]),
    ...(transition === undefined ? [] : [['OK', `switching since ${transition.since}`] as const]),
    ...(uncleanBoots === 0 ? [] : [['WARNING', `${uncleanBoots} unclean boots in a row`] as const]),
  ];
}

/** CRITICAL outweighs UNKNOWN, and that outweighs WARNING: what is not known may be bad. */
function worst(verdicts: readonly Verdict[]): Verdict {
  const order = ['CRITICAL', 'UNKNOWN', 'WARNING', 'OK'] as const;
  return order.find((one) => verdicts.includes(one)) ?? 'UNKNOWN';
}

function performanceData({ live, available, cves, strikes }: Status): string {
  const inState = (...states: readonly string[]): number =>
    cves.filter(({ state }) => states.includes(state)).length;
  const values = {
    level: live?.level ?? 0,
    level_available: available?.level ?? live?.level ?? 0,
    cves_fixed: inState('fixed'),
    cves_mitigated: inState('mitigated'),
    cves_open: inState('available', 'pending', 'not-patchable'),
    strikes: strikes.reduce((sum, { count }) => sum + count, 0),
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value};;;0`)
    .join(' ');
}

/** One line without the bar that begins performance data, and without what a terminal obeys. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}|]+/gu, ' ').slice(0, MAX_LINE);
}
