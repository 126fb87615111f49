// SPDX-License-Identifier: GPL-2.0-or-later
/** A small stream as a maker publishes it, of levels that look real and do nothing. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileDigest } from '@uptide/base';
import { encodeUpdate, type Update } from '@uptide/stream';
import { keyOf, newPlainKey } from '../../src/keys/key-file.ts';
import { type Signer, signerOf } from '../../src/keys/signer.ts';
import { type AddOptions, type AddResult, addUpdates } from '../../src/publish/add.ts';
import type { Disk } from '../../src/publish/disk.ts';
import { initRepository } from '../../src/publish/init.ts';
import { type PublishResult, publishStaged } from '../../src/publish/publish.ts';
import { withRepository } from '../../src/publish/repository.ts';
import { signStaged } from '../../src/publish/sign.ts';
import { QUICK_DISK } from './crashing-disk.ts';
import { sampleDescription, sampleUpdate } from './sample.ts';

/** The moment of the first publication. Tests of clients that have no clock of their own must publish at theirs. */
export const PUBLISHED_AT = Date.UTC(2026, 10, 1, 12);
export const SERIES = 'debian-12';
export const KERNEL = {
  release: '6.1.0-50-amd64',
  buildId: 'c0ffee'.repeat(6),
  architecture: 'x86_64',
} as const;

/** A proof that fits an update. */
export function fittingProof({ description, module }: Update, changes: object = {}): Uint8Array {
  const { release, buildId } = description.kernel;
  const digest = createHash('sha256').update(module).digest('hex');
  return Buffer.from(
    JSON.stringify({ schema: 1, release, buildId, module: digest, verdict: 'proven', ...changes }),
  );
}

/** The n-th level of a kernel: closes one CVE more than the level before, proven and signed off. */
export function fakeLevel(
  level: number,
  changes: { readonly kernel?: object; readonly description?: object; readonly proof?: object } = {},
): Update {
  const kernel = { ...KERNEL, ...changes.kernel };
  const id = idOf(kernel, level);
  const numbers = Array.from({ length: level }, (_, index) => index + 1);
  const cve = (number: number): string => `CVE-2026-${String(number).padStart(4, '0')}`;
  const description = sampleDescription({
    id,
    kernel,
    level,
    module: `uptide_${id.slice(0, 12)}`,
    title: `fix ${level}`,
    cves: numbers.map(cve),
    fixes: numbers.map((number) => ({
      id: `fix-${number}`,
      title: `fix ${number}`,
      cves: [cve(number)],
      severity: 'high',
    })),
    ...changes.description,
  });
  const update = sampleUpdate({ description, module: moduleOf(kernel, level) });
  return {
    ...update,
    proof: fittingProof(update, { ...transitionTo(level, moduleOf(kernel, level - 1)), ...changes.proof }),
  };
}

/** The part of a proof that tells of the step from the level before; none for the first level. */
export function transitionTo(level: number, module: Uint8Array): { levels?: object } {
  if (level === 1) return {};
  const previous = { level: level - 1, module: fileDigest(module) };
  return { levels: { level, previous, back: true, steps: [{ from: level - 1, to: level, shown: true }] } };
}

function idOf(
  { release, buildId }: { readonly release: string; readonly buildId: string },
  level: number,
): string {
  return createHash('sha256').update(`${release} ${buildId} ${level}`).digest('hex');
}

function moduleOf(kernel: { readonly release: string; readonly buildId: string }, level: number): Buffer {
  return Buffer.from(`module of level ${level}, ${idOf(kernel, level)}`);
}

/** The file of a fake level. */
export function fakeFile(update: Update): { readonly name: string; readonly bytes: Uint8Array } {
  return { name: `level-${update.description.level}.uptide`, bytes: encodeUpdate(update) };
}

/** A stream with one offline and one online key. */
export interface PublishedStream {
  /** The repository; `served` is the part of it that hosts see. */
  readonly folder: string;
  readonly served: string;
  /** The first root: what a host is given to begin with. */
  readonly root: Uint8Array;
  readonly offline: Signer;
  readonly online: Signer;
  /** Stages updates at a moment, as `stream add` does. */
  readonly add: (
    updates: readonly Update[],
    now?: number,
    options?: Partial<AddOptions>,
    disk?: Disk,
  ) => Promise<AddResult>;
  /** Signs what is staged, unless that is not wanted, and publishes it. */
  readonly publish: (now?: number, disk?: Disk, sign?: boolean) => Promise<PublishResult>;
  readonly remove: () => Promise<void>;
}

export interface PublishedOptions {
  /** How many levels of one kernel it has; more can be added. */
  readonly levels?: number;
  readonly now?: number;
  readonly binSize?: number;
  readonly waves?: string;
  readonly expiryDays?: Record<string, number>;
  /** The offline and the online key; new ones when absent. */
  readonly keys?: readonly [Signer, Signer];
}

/** Makes a stream in a temporary folder. */
export async function publishedStream(options: PublishedOptions = {}): Promise<PublishedStream> {
  const { levels = 1, now = PUBLISHED_AT, binSize, expiryDays } = options;
  const folder = await mkdtemp(join(tmpdir(), 'uptide-stream-'));
  const [offline, online] = options.keys ?? [testSigner('offline'), testSigner('online')];
  const one = (signer: Signer) => ({ keys: [signer.key], threshold: 1 });
  await initRepository(
    folder,
    {
      top: { root: one(offline), targets: one(offline), snapshot: one(online), timestamp: one(online) },
      series: [{ name: SERIES, signers: one(offline) }],
      rollout: one(online),
    },
    {
      name: 'a stream',
      ...(binSize === undefined ? {} : { binSize }),
      ...(expiryDays ? { expiryDays } : {}),
    },
    now,
    QUICK_DISK,
  );
  const stream: Omit<PublishedStream, 'root'> = {
    folder,
    served: join(folder, 'public'),
    offline,
    online,
    add: (updates, at = now, more = {}, disk = QUICK_DISK) =>
      withRepository(
        folder,
        (repository) =>
          addUpdates(repository, {
            files: updates.map(fakeFile),
            waves: options.waves ?? 'all',
            accepted: {},
            companions: ({ description }) => ({
              source: [{ path: 'README', bytes: Buffer.from(`the source of ${description.id}\n`) }],
              review: Buffer.from(`<!DOCTYPE html><title>${description.title}</title>\n`),
            }),
            now: at,
            ...more,
          }),
        disk,
      ),
    publish: (at = now, disk = QUICK_DISK, sign = true) =>
      withRepository(
        folder,
        async (repository) => {
          if (sign) await signStaged(repository, [offline, online]);
          return await publishStaged(repository, [offline, online], at);
        },
        disk,
      ),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  const fakes = Array.from({ length: levels }, (_, index) => fakeLevel(index + 1));
  if (fakes.length > 0) await stream.add(fakes);
  const { findings } = await stream.publish();
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  return { ...stream, root: await readFile(join(folder, 'public/metadata/1.root.json')) };
}

/** A new key that can sign. */
export function testSigner(name: string): Signer {
  const file = newPlainKey(name);
  const signer = signerOf(file, name, () => Promise.reject(new Error('no passphrase')));
  if (signer === undefined) throw new Error(`${keyOf(file).keyval.public} cannot sign`);
  return signer;
}
