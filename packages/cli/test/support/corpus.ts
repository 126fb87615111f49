// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CATALOGUE, type Code, sha256 } from '@uptide/base';
import type { CreateOutcome } from '@uptide/forge';
import { type Baseline, storeAt } from '@uptide/kernel';
import { type Proof, proofInputs } from '@uptide/lab';
import type { CorpusWays } from '../../src/corpus/run.ts';
import { assembleUpdate } from '../../src/glue/create.ts';
import type { Made, Target } from '../../src/glue/make.ts';
import { nameFindings } from '../../src/review/identity.ts';

const DIGEST = 'ab'.repeat(32);

/** A kernel of which nothing is read. */
const unread = (): never => {
  throw new Error('this part of the kernel is not to be read');
};
const baseline: Baseline = {
  release: '6.1.0-50-amd64',
  buildId: 'c0ffee00'.repeat(5),
  sourceVersion: '6.1.176-1',
  compilerText: 'gcc-12',
  compiler: 'gcc-12',
  digest: DIGEST,
  tree: '/nowhere',
  vmlinuz: '/nowhere',
  moduleFolder: '/nowhere',
  cache: '/nowhere',
  config: new Map(),
  image: unread,
  btf: unread,
  exports: unread,
  modules: unread,
  module: unread,
  unit: unread,
  units: unread,
};
export const TARGET: Target = {
  store: storeAt('/nowhere'),
  baseline,
  record: {
    schema: 1,
    release: baseline.release,
    buildId: baseline.buildId,
    sourceVersion: baseline.sourceVersion,
    compilerText: 'gcc-12',
    compiler: 'gcc-12',
    digest: DIGEST,
    packages: [],
    units: 1,
    bytes: 1,
  },
};

/** What becomes of a patch that is not simply made. */
export interface Fate {
  readonly refusals?: readonly { readonly code: Code; readonly symbol: string }[];
  readonly error?: Error;
}

/** Makes and proves nothing, and notes who asked. */
export class Ways implements CorpusWays {
  readonly asked: string[] = [];
  /** The most creates that ran at a time. */
  most = 0;
  #running = 0;
  readonly #fates: Readonly<Record<string, Fate>>;

  constructor(fates: Readonly<Record<string, Fate>> = {}) {
    this.#fates = fates;
  }

  readonly make: CorpusWays['make'] = async (target, patches, naming) => {
    const name = patches[0]?.path.replace('.patch', '') ?? '';
    this.asked.push(`make ${name}`);
    this.#running += 1;
    this.most = Math.max(this.most, this.#running);
    await setImmediate();
    this.#running -= 1;
    const { error, refusals = [] } = this.#fates[name] ?? {};
    if (error !== undefined) throw error;
    const findings = nameFindings(
      refusals.map(({ code, symbol }) => {
        const { remedy } = CATALOGUE[code];
        return { code, verdict: 'refuse', place: { symbol }, reason: 'why', remedy };
      }),
    );
    if (findings.length > 0)
      return { outcome: { verdict: 'refused', findings, notes: [], update: undefined }, update: undefined };
    const match = { sha256: DIGEST, masks: [] };
    const functions = [{ name: 'f', position: 0, size: 8, reason: 'it differs', match }];
    const created: NonNullable<CreateOutcome['update']> = {
      id: sha256(name),
      moduleName: `fix_${name}`,
      states: [],
      module: patches[0]?.bytes ?? Buffer.alloc(0),
      objects: [{ name: 'vmlinux', functions, callbacks: [] }],
      kernelSide: [],
      disassembly: Buffer.alloc(0),
      subject: undefined,
      cves: [],
    };
    const outcome: Made['outcome'] = { verdict: 'made', findings: [], notes: [], update: created };
    return { outcome, update: assembleUpdate(created, [], patches, target, naming) };
  };

  readonly prove: CorpusWays['prove'] = async ({ release, buildId }, { update, objects }) => {
    this.asked.push(`prove ${update.name.replace('fix_', '')}`);
    const proof: Proof = {
      schema: 1,
      release,
      buildId,
      update: update.name,
      module: sha256(update.bytes),
      verdict: 'proven',
      processors: 2,
      steps: [],
      objects: objects.map(({ name }) => ({ name, loaded: true, shown: 'live', late: null })),
      functions: [],
      probes: [],
      findings: [],
      inputs: proofInputs({}),
      runs: [],
    };
    return { proof, boots: [] };
  };
}

/** Runs something with a folder of its own, which goes when it has ended. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-corpus-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
