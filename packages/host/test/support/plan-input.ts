// SPDX-License-Identifier: GPL-2.0-or-later
import type { IndexedLevel, KernelIndex, Rollout } from '@uptide/stream';
import { parseConfiguration } from '../../src/policy/configuration.ts';
import type { PlanInput, StreamFacts } from '../../src/policy/model.ts';

export const KERNEL = {
  release: '6.1.0-50-amd64',
  buildId: 'c0ffee'.repeat(6),
  architecture: 'x86_64',
} as const;
/** 2026-06-01, a Monday, at noon in UTC. */
export const NOW = Date.UTC(2026, 5, 1, 12);
const PUBLISHED = '2026-05-01T00:00:00Z';

/** The id of the update of a level. */
export function idOf(level: number): string {
  return level.toString(16).padStart(64, '0');
}

/** A level of the index as a maker publishes it: it closes one CVE more than the level before. */
export function indexed(level: number, changes: Partial<IndexedLevel> = {}): IndexedLevel {
  return {
    level,
    id: idOf(level),
    size: 1000,
    sha256: 'aa'.repeat(32),
    module: { name: `uptide_${level}`, sha256: 'bb'.repeat(32) },
    title: `level ${level}`,
    date: PUBLISHED,
    severity: 'high',
    cves: Array.from({ length: level }, (_, index) => `CVE-2026-${1001 + index}`),
    fixes: [],
    back: true,
    proof: { verdict: 'proven', sha256: 'cc'.repeat(32) },
    ...changes,
  };
}

export function indexOf(levels: readonly IndexedLevel[], changes: Partial<KernelIndex> = {}): KernelIndex {
  return { schema: 1, distribution: 'debian-12', kernel: KERNEL, levels, ...changes };
}

/** A rollout that offers the levels to everybody. */
export function rolloutOf(levels: readonly number[], changes: Partial<Rollout> = {}): Rollout {
  return {
    schema: 1,
    kernel: KERNEL,
    levels: levels.map((level) => ({
      level,
      profile: 'all',
      waves: [{ percent: 100, from: PUBLISHED }],
    })),
    blocks: [],
    ...changes,
  };
}

/** The `policy` section of a configuration. */
export function policyOf(toml: string): PlanInput['policy'] {
  return parseConfiguration(`[policy]\n${toml}`, 'test').policy;
}

/** A host that may take whatever there is: levels 1 to 3, of which none is live. */
export function input(changes: Partial<PlanInput> = {}, stream: Partial<StreamFacts> = {}): PlanInput {
  return {
    policy: policyOf('mode = "auto"'),
    timeZone: 'UTC',
    buildId: KERNEL.buildId,
    live: undefined,
    stream: {
      known: true,
      expires: NOW + 1,
      index: indexOf([1, 2, 3].map((level) => indexed(level))),
      rollout: rolloutOf([1, 2, 3]),
      ...stream,
    },
    place: () => 5000,
    trust: { quarantined: new Set(), stopped: undefined, everLoaded: new Set() },
    takenBack: undefined,
    killSwitch: undefined,
    now: NOW,
    byHand: undefined,
    ...changes,
  };
}
