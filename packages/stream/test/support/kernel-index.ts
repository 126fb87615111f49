// SPDX-License-Identifier: GPL-2.0-or-later
import type { IndexedLevel, KernelIndex } from '@uptide/stream';
import type { FeedInput } from '../../src/feeds/model.ts';
import type { CveNote } from '../../src/feeds/notes.ts';

export const BUILD_ID = 'c0ffee'.repeat(6);

/** A level as the index lists it; its fixes are one a CVE. */
export function sampleLevel(
  level: number,
  cves: readonly string[],
  changes: Partial<IndexedLevel> = {},
): IndexedLevel {
  return {
    level,
    id: String(level).repeat(64).slice(0, 64),
    size: 1000 + level,
    sha256: 'ab'.repeat(32),
    module: { name: `uptide_${level}`, sha256: 'cd'.repeat(32) },
    title: `fix ${level}`,
    date: `2024-03-0${level}T10:00:00Z`,
    cves,
    fixes: cves.map((cve) => ({
      id: cve.toLowerCase(),
      title: `close ${cve}`,
      cves: [cve],
      advisory: 'https://example.org/advisories/1',
      severity: 'high' as const,
    })),
    back: true,
    proof: { verdict: 'proven', sha256: 'ef'.repeat(32) },
    ...changes,
  };
}

/** The index of a kernel with the given levels. */
export function sampleIndex(
  levels: readonly IndexedLevel[],
  changes: Partial<KernelIndex> = {},
): KernelIndex {
  return {
    schema: 1,
    distribution: 'debian-12',
    kernel: { release: '6.1.0-50-amd64', buildId: BUILD_ID, architecture: 'x86_64' },
    package: { name: 'linux-image-6.1.0-50-amd64', version: '6.1.176-1' },
    levels,
    ...changes,
  };
}

/** What the feeds of that kernel are made from. */
export function sampleInput(levels: readonly IndexedLevel[], notes: readonly CveNote[] = []): FeedInput {
  return {
    index: sampleIndex(levels),
    notes,
    publisher: { name: 'Example Kernels', home: 'https://kernels.example.org' },
  };
}
