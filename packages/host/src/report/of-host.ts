// SPDX-License-Identifier: GPL-2.0-or-later
/** Makes the status of a host from what was found there and from its plan. */
import { type CvesFile, type KernelIndex, kernelPurl } from '@uptide/stream';
import type { GuardState, LiveState } from '../guard/decide/record.ts';
import type { LiveUpdate } from '../live-update.ts';
import type { Plan } from '../policy/model.ts';
import { formatMoment } from '../policy/moment.ts';
import type { Status } from './status.ts';

/** What the status is made from. Moments are milliseconds since 1970 unless they are texts. */
export interface StatusFacts {
  readonly now: number;
  readonly agent: string;
  readonly kernel: { readonly release: string; readonly buildId: string };
  readonly boot: { readonly id: string; readonly uptime: number };
  readonly plan: Plan;
  /** The update of ours that is live, or becoming so. */
  readonly live: LiveUpdate | undefined;
  /** Which level of the stream it is, where that is known. */
  readonly liveLevel: { readonly level: number; readonly id: string } | undefined;
  readonly blocking: readonly string[];
  /** Undefined when the journal is damaged. */
  readonly journal: GuardState | undefined;
  readonly stream: StreamFound | undefined;
  readonly index: KernelIndex | undefined;
  readonly cves: CvesFile | undefined;
  /** How the last step failed. */
  readonly failure: { readonly what: string; readonly reasons: readonly Reason[] } | undefined;
}

export interface StreamFound {
  readonly url: string;
  readonly channel: string;
  readonly distribution: string | undefined;
  readonly checked: string | undefined;
  readonly expires: string | undefined;
  readonly attempt:
    | {
        readonly date: string;
        readonly error?: { readonly code: string; readonly reason: string } | undefined;
      }
    | undefined;
}

type Reason = { readonly code?: string; readonly reason: string };

/** More reasons than the status has room for are not read by anybody. */
const MAX_REASONS = 100;

/** The status of a host. */
export function statusOfHost(facts: StatusFacts): Status {
  const { now, kernel, boot, live, liveLevel, plan, journal } = facts;
  const told = journal?.boot?.boot === boot.id ? journal.boot.live : undefined;
  return {
    schema: 1,
    date: formatMoment(now),
    state: plan.state,
    reasons: reasonsOf(facts, told).slice(0, MAX_REASONS),
    agent: facts.agent,
    kernel: { ...kernel, architecture: 'x86_64', ...packageOf(facts) },
    boot: { id: boot.id, date: formatMoment(now - boot.uptime) },
    effectiveVersion:
      liveLevel === undefined || live?.inTransition === true
        ? kernel.release
        : effectiveVersion(kernel.release, liveLevel.level),
    ...(live === undefined || liveLevel === undefined ? {} : { live: liveOf(live, liveLevel, told, facts) }),
    ...transitionOf(facts, told),
    ...availableOf(facts),
    ...streamOf(facts),
    cves: cvesOf(facts),
    strikes: strikesOf(journal),
    uncleanBoots: journal?.uncleanInARow ?? 0,
  };
}

/** A kernel release with the level that is live on it: `6.1.0-50-amd64+uptide.3`. */
export function effectiveVersion(release: string, level: number): string {
  return `${release}+uptide.${level}`;
}

function packageOf({ index }: StatusFacts): { readonly package?: string } {
  return index?.package === undefined ? {} : { package: kernelPurl(index.distribution, index.package) };
}

function reasonsOf({ plan, failure }: StatusFacts, told: LiveState | undefined): Reason[] {
  const complained = told?.phase === 'quarantined';
  return [
    ...plan.reasons.map((reason) => ({ reason })),
    ...(complained
      ? [
          {
            code: 'HOST_KERNEL_COMPLAINS',
            reason: `the kernel complained since level ${told.update.level} is live; it does not come back in the next boot`,
          },
        ]
      : []),
    ...(failure?.reasons ?? []).map(({ reason, ...rest }) => ({
      ...rest,
      reason: `${failure?.what ?? ''}: ${reason}`,
    })),
  ];
}

function liveOf(
  { name, record }: LiveUpdate,
  { level, id }: { readonly level: number; readonly id: string },
  told: LiveState | undefined,
  { index, now, boot }: StatusFacts,
): Status['live'] {
  const same = told?.update.module === name ? told : undefined;
  const took = same?.milliseconds;
  return {
    level,
    id,
    module: name,
    title: record?.title ?? index?.levels.find((one) => one.id === id)?.title ?? name,
    trust: same?.phase === 'trusted' ? 'trusted' : 'probation',
    since: same?.at ?? formatMoment(now - boot.uptime),
    ...(took === undefined ? {} : { transitionMilliseconds: took }),
  };
}

function transitionOf(
  { live, liveLevel, blocking, now }: StatusFacts,
  told: LiveState | undefined,
): Pick<Status, 'transition'> {
  if (live?.inTransition !== true || liveLevel === undefined) return {};
  const since = told?.at ?? formatMoment(now);
  return { transition: { level: liveLevel.level, since, blocking: blocking.slice(0, MAX_REASONS) } };
}

function availableOf({ plan }: StatusFacts): Pick<Status, 'available'> {
  const { available, until, state } = plan;
  if (available === undefined) return {};
  const { level, id, title, severity } = available;
  return {
    available: {
      level,
      id,
      title,
      ...(severity === undefined ? {} : { severity }),
      ...(state === 'waiting-wave' && until !== undefined ? { from: formatMoment(until) } : {}),
    },
  };
}

function streamOf({ stream, index, now }: StatusFacts): Pick<Status, 'stream'> {
  if (stream === undefined) return {};
  const { url, channel, distribution, checked, expires, attempt } = stream;
  const ended = index?.ended;
  const next = ended?.successor?.release;
  const stale = expires !== undefined && Date.parse(expires) <= now;
  return {
    stream: {
      url: withoutPassword(url),
      channel,
      ...(distribution === undefined ? {} : { distribution }),
      ...(checked === undefined ? {} : { checked }),
      ...(expires === undefined ? {} : { expires }),
      ...(stale ? { staleSince: expires } : {}),
      ...(attempt?.error === undefined ? {} : { error: { ...attempt.error, date: attempt.date } }),
      ...(index?.coveredUntil === undefined ? {} : { coveredUntil: index.coveredUntil }),
      ...(ended === undefined
        ? {}
        : { ended: { reason: ended.reason, ...(next === undefined ? {} : { successor: next }) } }),
    },
  };
}

/** An address as everybody may read it. */
function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === '' && url.password === '') return address;
  url.username = '';
  url.password = '';
  return url.href;
}

type Cve = Status['cves'][number];

/**
 * The CVEs of the kernel: as `cves.json` has them, and those of the index that it does not name. What a level closes
 * counts while exactly that update is live and every task runs its code.
 */
function cvesOf({ cves, index, live, liveLevel }: StatusFacts): Cve[] {
  const active = live?.inTransition === false ? liveLevel : undefined;
  const ours = active === undefined ? undefined : index?.levels.find(({ id }) => id === active.id);
  const closed = new Set(ours?.cves ?? (active === undefined ? [] : live?.record?.cves));
  const found = new Map<string, Cve>();
  for (const [id, { status, since, severity }] of Object.entries(cves?.cves ?? {})) {
    if (status === 'not-affected') continue;
    const promised = status === 'fixed' || status === 'mitigated';
    const here = closed.has(id) || (ours !== undefined && since !== undefined && since <= ours.level);
    const state = !promised ? status : here ? status : 'available';
    found.set(id, {
      id,
      state,
      ...(severity === undefined ? {} : { severity }),
      ...(since === undefined ? {} : { since }),
    });
  }
  for (const { level, cves: all } of [...(index?.levels ?? [])].sort((a, b) => a.level - b.level)) {
    for (const id of all) {
      if (!found.has(id)) found.set(id, { id, state: closed.has(id) ? 'fixed' : 'available', since: level });
    }
  }
  for (const id of closed) if (!found.has(id)) found.set(id, { id, state: 'fixed' });
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function strikesOf(journal: GuardState | undefined): Status['strikes'] {
  return (journal?.known ?? []).flatMap(({ update, strikes, quarantined }) => {
    if (quarantined === undefined) return [];
    const why = quarantined.why === 'complaint' ? 'the kernel complained' : 'the boot ended uncleanly';
    return [
      {
        level: update.level,
        id: update.id,
        count: Math.max(1, strikes),
        quarantined: true,
        last: quarantined.at,
        reason: [why, ...quarantined.evidence].join('; '),
      },
    ];
  });
}
