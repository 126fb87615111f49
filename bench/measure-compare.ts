// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Reporter, UptideError } from '@uptide/base';
import { readObject } from '@uptide/elf';
import { createUpdate } from '@uptide/forge';
import type { Baseline, Store } from '@uptide/kernel';
import { compareObjects } from '../packages/forge/src/compare/compare.ts';
import { compileUnits } from '../packages/forge/src/compile/compile.ts';
import { median } from './median.ts';

/** How fast a pair of objects is read and compared. */
export interface Throughput {
  readonly source: string;
  /** Bytes of both objects. */
  readonly bytes: number;
  /** Milliseconds, the median. */
  readonly took: number;
}

/**
 * Compares objects with those of the same source one line further down, in which every line number of the code and
 * of the debug information differs.
 */
export async function measureThroughput(
  baseline: Baseline,
  store: Store,
  sources: readonly string[],
  runs: number,
): Promise<Throughput[]> {
  const workFolder = await mkdtemp(join(store.root, 'bench-'));
  try {
    const measured: Throughput[] = [];
    for (const source of sources) {
      const unit = await baseline.unit(source);
      if (unit === undefined) throw new UptideError('INTERNAL', `this kernel has no ${source}`);
      const text = await readFile(join(baseline.tree, source), 'utf8');
      const { units } = await compileUnits({
        baseline,
        units: [{ unit, owners: unit.owners, changedSources: [source], reason: 'source' }],
        postFiles: new Map([[source, Buffer.from(`\n${text}`)]]),
        workFolder,
      });
      const [pair] = units;
      if (pair === undefined) throw new UptideError('INTERNAL', `${source} was not compiled`);
      const times = Array.from({ length: runs }, () => {
        const began = performance.now();
        compareObjects(readObject(pair.pre), readObject(pair.post));
        return performance.now() - began;
      });
      measured.push({ source, bytes: pair.pre.length + pair.post.length, took: median(times) });
    }
    return measured;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Milliseconds that comparing all objects of the corpus took, in this process. */
export interface CorpusCompare {
  readonly patches: number;
  /** Pairs of objects. */
  readonly units: number;
  readonly took: number;
}

/**
 * Creates an update from each patch of the corpus in this process, and adds up the step `compare`. Objects that are not
 * in the store are compiled, which takes a quarter of an hour the first time.
 */
export async function measureCorpus(
  baseline: Baseline,
  store: Store,
  patches: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  tell: (text: string) => void,
): Promise<CorpusCompare> {
  let took = 0;
  let objects = 0;
  let ofPatch = 0;
  const reporter: Reporter = {
    step: async (name, work) => {
      const began = performance.now();
      try {
        return await work();
      } finally {
        if (name === 'compare') took += performance.now() - began;
      }
    },
    progress: (done, _total, unit) => {
      if (unit === 'objects') ofPatch = done;
    },
    note: () => {},
  };
  for (const [index, patch] of patches.entries()) {
    ofPatch = 0;
    try {
      await createUpdate({
        baseline,
        patches: [patch],
        scratch: join(store.root, 'scratch'),
        stacks: () => Promise.resolve([]),
        reporter,
      });
    } catch (error) {
      // A patch that has nothing to compare is no matter here; `uptide corpus` tells of it.
      if (!(error instanceof UptideError)) throw error;
    }
    objects += ofPatch;
    if ((index + 1) % 20 === 0) tell(`${index + 1} of ${patches.length} patches compared`);
  }
  return { patches: patches.length, units: objects / 2, took };
}
