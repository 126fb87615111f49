// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { TranslationUnit } from '@uptide/kernel';
import { onDisk } from '../disk.ts';
import { ObjectCache } from './cache.ts';
import { type CompileOptions, objectKey } from './compile.ts';
import { compileOne } from './compile-one.ts';
import type { CompiledUnit } from './model.ts';
import { inParallel } from './pool.ts';

/** What is compiled without a patch, and where. */
export type PristineOptions = Pick<
  CompileOptions,
  'baseline' | 'workFolder' | 'jobs' | 'compilers' | 'signal'
> & { readonly units: readonly TranslationUnit[] };

/**
 * Compiles units that no patch touches: their objects before and after are one. Kept like all others. One that
 * does not compile is left out.
 *
 * @throws ForgeError COMPILE_COMMAND; UptideError DISK_FULL, INTERRUPTED
 */
export async function compilePristine(options: PristineOptions): Promise<CompiledUnit[]> {
  const { baseline, units, signal, compilers } = options;
  const cache = new ObjectCache(join(baseline.cache, 'objects'));
  const tree = await realpath(baseline.tree);
  const folder = await onDisk(options.workFolder, async () =>
    realpath(await mkdtemp(join(options.workFolder, 'pristine-'))),
  );
  const tasks = units.map((unit, index) => async (): Promise<CompiledUnit[]> => {
    const key = objectKey(baseline.digest, unit);
    const compile = (): ReturnType<typeof compileOne> =>
      compileOne({ unit, workingFolder: tree, scratch: join(folder, String(index)), signal });
    let compiled = await cache.read(key);
    if (compiled === undefined) {
      const outcome = await (compilers === undefined ? compile() : compilers.run(compile));
      if (outcome.kind === 'failed') return [];
      compiled = outcome.compiled;
      await cache.write(key, compiled);
    }
    const { object } = compiled;
    return [{ unit, changedSources: [], pre: object, post: object, preKey: key, postKey: key, notes: [] }];
  });
  return (await inParallel(tasks, options.jobs ?? availableParallelism())).flat();
}
