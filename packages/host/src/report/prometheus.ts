// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The status for the textfile collector of Prometheus' node exporter, in the text format 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats). Names follow the rules of that project: base units, `_total`
 * for what is counted, one `_info` with labels and the value 1, and a state as one series a state of which one is 1.
 */
import { fields } from '@uptide/stream';
import { STATES, type Status } from './status.ts';

/** A value with what tells it from the others of its name. */
interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is measured: a name, what it means, and how it comes from a status. */
interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: (status: Status) => readonly Sample[];
}

const METRICS: readonly Metric[] = [
  {
    name: 'uptide_info',
    type: 'gauge',
    help: 'What runs here; the value is always 1.',
    samples: ({ agent, kernel, effectiveVersion, live, stream }) => [
      {
        labels: {
          agent,
          kernel: kernel.release,
          build_id: kernel.buildId,
          effective_version: effectiveVersion,
          update: live?.id ?? '',
          trust: live?.trust ?? '',
          channel: stream?.channel ?? '',
        },
        value: 1,
      },
    ],
  },
  {
    name: 'uptide_state',
    type: 'gauge',
    help: 'The state of the host: 1 for the one that it is in.',
    samples: ({ state }) => STATES.map((one) => ({ labels: { state: one }, value: one === state ? 1 : 0 })),
  },
  {
    name: 'uptide_level',
    type: 'gauge',
    help: 'The level that is live; 0 when none is.',
    samples: ({ live }) => [{ value: live?.level ?? 0 }],
  },
  {
    name: 'uptide_level_available',
    type: 'gauge',
    help: 'The level that this host should come to; the one that is live when that is the newest.',
    samples: ({ live, available }) => [{ value: available?.level ?? live?.level ?? 0 }],
  },
  {
    name: 'uptide_cves_fixed',
    type: 'gauge',
    help: 'CVEs of this kernel that the live level closes.',
    samples: ({ cves }) => [{ value: cves.filter(({ state }) => state === 'fixed').length }],
  },
  {
    name: 'uptide_cves_mitigated',
    type: 'gauge',
    help: 'CVEs of this kernel that the live level makes harmless without the fix.',
    samples: ({ cves }) => [{ value: cves.filter(({ state }) => state === 'mitigated').length }],
  },
  {
    name: 'uptide_cves_open',
    type: 'gauge',
    help: 'CVEs of this kernel that the maker speaks of and that are not closed here.',
    samples: ({ cves }) => {
      const open = cves.filter(({ state }) => state !== 'fixed' && state !== 'mitigated');
      return [...fields.severity.options, 'unknown'].map((severity) => ({
        labels: { severity },
        value: open.filter((one) => (one.severity ?? 'unknown') === severity).length,
      }));
    },
  },
  {
    name: 'uptide_transition_running',
    type: 'gauge',
    help: 'Whether the kernel is switching its tasks.',
    samples: ({ transition }) => [{ value: transition === undefined ? 0 : 1 }],
  },
  {
    name: 'uptide_transition_seconds',
    type: 'gauge',
    help: 'How long the kernel took to switch every task to the live level.',
    samples: ({ live }) => optional(live?.transitionMilliseconds, (milliseconds) => milliseconds / 1000),
  },
  {
    name: 'uptide_quarantined',
    type: 'gauge',
    help: 'Updates that this host does not load any more; the value is always 1.',
    samples: ({ strikes }) =>
      strikes
        .filter(({ quarantined }) => quarantined)
        .map(({ id, level }) => ({ labels: { update: id, level: String(level) }, value: 1 })),
  },
  {
    name: 'uptide_strikes_total',
    type: 'counter',
    help: 'Failures of updates on this host since it was last cleared.',
    samples: ({ strikes }) => [{ value: strikes.reduce((sum, { count }) => sum + count, 0) }],
  },
  {
    name: 'uptide_unclean_boots',
    type: 'gauge',
    help: 'Boots in a row that ended uncleanly.',
    samples: ({ uncleanBoots }) => [{ value: uncleanBoots }],
  },
  {
    name: 'uptide_last_check_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the stream was last reached and believed.',
    samples: ({ stream }) => optional(stream?.checked, seconds),
  },
  {
    name: 'uptide_metadata_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When what is trusted of the stream ends.',
    samples: ({ stream }) => optional(stream?.expires, seconds),
  },
  {
    name: 'uptide_stream_stale',
    type: 'gauge',
    help: 'Whether the stream is too old to bring anything new.',
    samples: ({ stream }) => optional(stream, ({ staleSince }) => (staleSince === undefined ? 0 : 1)),
  },
  {
    name: 'uptide_stream_error',
    type: 'gauge',
    help: 'Why the last look at the stream failed, as a code; the value is always 1.',
    samples: ({ stream }) =>
      stream?.error === undefined ? [] : [{ labels: { code: stream.error.code }, value: 1 }],
  },
  {
    name: 'uptide_coverage_end_timestamp_seconds',
    type: 'gauge',
    help: 'The end of the day to which levels for this kernel are promised.',
    samples: ({ stream }) => optional(stream?.coveredUntil, (day) => seconds(`${day}T23:59:59Z`)),
  },
  {
    name: 'uptide_status_timestamp_seconds',
    type: 'gauge',
    help: 'When this status was taken.',
    samples: ({ date }) => [{ value: seconds(date) }],
  },
];

/** The status as a file for the textfile collector; it ends with a line feed. */
export function prometheusText(status: Status): string {
  return METRICS.flatMap(({ name, type, help, samples }) => {
    const lines = samples(status).map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
    return lines.length === 0 ? [] : [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${type}\n`, ...lines];
  }).join('');
}

function labelText(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** "label_value can be any sequence of UTF-8 characters, but backslash, double-quote and line feed have to be escaped" */
function escapeLabel(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}

function optional<T>(value: T | undefined, make: (value: T) => number): Sample[] {
  return value === undefined ? [] : [{ value: make(value) }];
}

function seconds(moment: string): number {
  return Date.parse(moment) / 1000;
}
