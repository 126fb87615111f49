// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What a stream of thousands of updates costs who publishes it and who follows it. Arguments: numbers of updates
 * (default: 3000 30000). The updates are small; their number is what is measured, not their bytes.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@uptide/base';
import { indexPath, levelPath, rolloutPath, type StreamKernel, type Update } from '@uptide/stream';
import { REAL_DISK } from '../packages/stream/src/publish/disk.ts';
import {
  fakeLevel,
  type PublishedStream,
  publishedStream,
  SERIES,
} from '../packages/stream/test/support/published.ts';
import type { Visit } from './stream-client.ts';

const LEVELS = 50;
/** Kernels that are added and published at once while the stream is filled. */
const BATCH = 50;

interface Took {
  readonly seconds: number;
  /** Seconds of a processor: on a machine that does other things, too, this says more. */
  readonly processor: number;
}

interface Measured {
  readonly updates: number;
  readonly fill: Took;
  readonly one: Took;
  readonly metadata: number;
  readonly bins: number;
  readonly snapshot: number;
  readonly cold: Visit;
  readonly idle: Visit;
  readonly news: Visit;
}

async function measure(updates: number): Promise<Measured> {
  const stream = await publishedStream({ levels: 0, now: Date.now() });
  const host = await mkdtemp(join(tmpdir(), 'uptide-host-'));
  try {
    const kernels = Array.from({ length: Math.ceil(updates / LEVELS) }, (_, at) => kernelAt(at));
    const fill = await timed(async () => {
      for (let at = 0; at < kernels.length; at += BATCH) {
        await addAndPublish(
          stream,
          kernels.slice(at, at + BATCH).flatMap((kernel) => levelsOf(kernel, 1, LEVELS)),
        );
      }
    });
    const kernel = kernelAt(Math.floor(kernels.length / 2));
    const cold = await visit(stream, host, [indexPath(kernel), rolloutPath(kernel)]);
    const idle = await visit(stream, host, []);
    const one = await timed(() => addAndPublish(stream, levelsOf(kernel, LEVELS + 1, LEVELS + 1)));
    const news = await visit(stream, host, [
      indexPath(kernel),
      rolloutPath(kernel),
      levelPath(kernel, LEVELS + 1),
    ]);
    const metadata = join(stream.served, 'metadata');
    const names = await readdir(metadata);
    const snapshot =
      names
        .filter((name) => name.endsWith('.snapshot.json'))
        .sort(byVersion)
        .at(-1) ?? '';
    return {
      updates: kernels.length * LEVELS,
      fill,
      one,
      metadata: names.length,
      bins: new Set(names.map((name) => /-b\d{4}/.exec(name)?.[0]).filter((bin) => bin !== undefined)).size,
      snapshot: (await stat(join(metadata, snapshot))).size,
      cold,
      idle,
      news,
    };
  } finally {
    await stream.remove();
    await rm(host, { recursive: true });
  }
}

function kernelAt(at: number): StreamKernel {
  const buildId = String(at).padStart(40, '0');
  return { distribution: SERIES, release: `6.1.0-${at}-amd64`, buildId };
}

function levelsOf({ release, buildId }: StreamKernel, first: number, last: number): Update[] {
  return Array.from({ length: last - first + 1 }, (_, at) =>
    fakeLevel(first + at, { kernel: { release, buildId } }),
  );
}

async function addAndPublish(stream: PublishedStream, updates: readonly Update[]): Promise<void> {
  const added = await stream.add(updates, Date.now(), {}, REAL_DISK);
  const published = await stream.publish(Date.now(), REAL_DISK);
  const [finding] = [...added.findings, ...published.findings];
  if (finding !== undefined) throw new Error(`${finding.code}: ${finding.reason}`);
}

async function visit({ served }: PublishedStream, host: string, wanted: readonly string[]): Promise<Visit> {
  const program = join(import.meta.dirname, 'stream-client.ts');
  const { stdout } = await run(process.execPath, [program, served, host, ...wanted]);
  return JSON.parse(String(stdout));
}

async function timed(work: () => Promise<void>): Promise<Took> {
  const began = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
}

function byVersion(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10);
}

const numbers = process.argv.slice(2).map(Number);
const columns: Measured[] = [];
for (const updates of numbers.length === 0 ? [3000, 30_000] : numbers) columns.push(await measure(updates));
const took = ({ seconds, processor }: Took): string =>
  `${processor.toFixed(1)} s (${seconds.toFixed(1)} s passed)`;
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;
const visited = ({ files, bytes, processor, milliseconds, megabytes }: Visit): string =>
  `${files} files, ${kilobytes(bytes)}, ${processor.toFixed(0)} ms (${milliseconds.toFixed(0)} ms passed), ${megabytes.toFixed(0)} MB`;
const rows: readonly (readonly [string, (one: Measured) => string])[] = [
  ['updates', ({ updates }) => String(updates)],
  ['published, 2,500 updates at a time', ({ fill }) => took(fill)],
  ['one level more: judged, signed, published', ({ one }) => took(one)],
  ['bins', ({ bins }) => String(bins)],
  ['snapshot', ({ snapshot }) => kilobytes(snapshot)],
  ['cold host: metadata, index, rollout', ({ cold }) => visited(cold)],
  ['idle poll', ({ idle }) => visited(idle)],
  ['poll with a new level: metadata, index, rollout, update', ({ news }) => visited(news)],
];
for (const [name, cell] of rows) process.stdout.write(`| ${[name, ...columns.map(cell)].join(' | ')} |\n`);
