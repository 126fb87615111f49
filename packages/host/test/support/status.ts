// SPDX-License-Identifier: GPL-2.0-or-later
import { type Status, statusSchema } from '@uptide/host';

const ID = 'ab'.repeat(32);

/** The status of a healthy host with one level live. */
export function sampleStatus(changes: Partial<Status> = {}): Status {
  return statusSchema.parse({
    schema: 1,
    date: '2024-03-05T12:00:00Z',
    state: 'current',
    reasons: [],
    agent: '0.1.0',
    kernel: {
      release: '6.1.0-50-amd64',
      buildId: 'c0ffee'.repeat(6),
      architecture: 'x86_64',
      package: 'pkg:deb/debian/linux-image-6.1.0-50-amd64@6.1.176-1?arch=amd64',
    },
    boot: { id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301', date: '2024-03-01T00:00:00Z' },
    effectiveVersion: '6.1.0-50-amd64+uptide3',
    live: {
      level: 3,
      id: ID,
      module: 'uptide_3',
      title: 'keys: hold the reference',
      trust: 'trusted',
      since: '2024-03-01T00:01:00Z',
      transitionMilliseconds: 1250,
    },
    stream: {
      url: 'https://updates.example.org/',
      channel: 'stable',
      distribution: 'debian-12',
      checked: '2024-03-05T11:00:00Z',
      expires: '2024-03-06T11:00:00Z',
      coveredUntil: '2025-01-01',
    },
    cves: [
      { id: 'CVE-2024-0001', state: 'fixed', severity: 'high', since: 1 },
      { id: 'CVE-2024-0002', state: 'mitigated', severity: 'low', since: 2 },
    ],
    strikes: [],
    uncleanBoots: 0,
    ...changes,
  });
}

/** A failure of an update. */
export function sampleStrike(changes: Partial<Status['strikes'][number]> = {}): Status['strikes'][number] {
  return {
    level: 4,
    id: 'cd'.repeat(32),
    count: 2,
    quarantined: true,
    last: '2024-03-04T00:00:00Z',
    reason: 'the boot ended uncleanly',
    ...changes,
  };
}
