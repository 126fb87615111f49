// SPDX-License-Identifier: GPL-2.0-or-later
import { dirname, join } from 'node:path';
import type { ExitName, Finding } from '@uptide/base';
import { openTarget, type Target } from '../glue/make.ts';
import { readGuest, type Wishes } from '../glue/proof-wishes.ts';
import { makeReviewed, reviewCommandLine } from '../review/make.ts';
import { type ForgeOptions, forgeTools, storeOf } from '../shell/options.ts';
import { writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';
import { buildSeries, type LevelFiles, type SeriesBuild } from './build.ts';
import { levelFiles, type OpenedSeries, openSeries } from './folder.ts';
import { compareWithLock, printLock } from './lock.ts';
import { anyFailed, type LevelProof } from './model.ts';

/** What is asked of a build on the command line. */
export interface SeriesOptions extends ForgeOptions, Pick<Wishes, 'load' | 'file'> {
  readonly out?: string | undefined;
  readonly lock?: true | undefined;
  /** `load` and `file` say it too. */
  readonly prove?: true | undefined;
  readonly unreviewed?: string | undefined;
}

/** What came of it. */
export interface SeriesRun {
  readonly kernel: string;
  /** What the series changes of published levels; with any, nothing was built. */
  readonly changed: readonly Finding[];
  readonly built: SeriesBuild;
  readonly proofs: readonly LevelProof[];
  readonly ending: ExitName;
}

/**
 * Builds the levels of a series, proves and locks them when that is asked for. The series must not be in the hands of
 * another process: `withSeries`.
 *
 * @throws as `openSeries`, `openTarget`, `createUpdate` and `proveOnBaseline`
 */
export async function buildAndProve(path: string, options: SeriesOptions, shell: Shell): Promise<SeriesRun> {
  const opened = await openSeries(path);
  const { file, series, plan, lock, lockFile, levelsFolder } = opened;
  const { kernel } = series;
  const changed = lock === undefined ? [] : compareWithLock(lock, { kernel, file }, plan);
  if (changed.length > 0) return { kernel, changed, built: { levels: [] }, proofs: [], ending: 'refused' };
  const isProven = options.prove === true || options.load !== undefined || options.file !== undefined;
  const guest = isProven ? await readGuest(options, true) : undefined;
  const files = await levelFiles(options.out ?? levelsFolder);
  const target = await openTarget(kernel, await storeOf(options));
  const tools = forgeTools(options, shell);
  const admission = { unreviewed: options.unreviewed, command: reviewCommandLine([path]) };
  const built = await buildSeries({
    plan,
    lock,
    files,
    make: (patches, naming) => {
      shell.reporter.note(`level ${naming.level} of ${plan.length}`);
      const lying = patches.map((patch) => ({ ...patch, path: join(dirname(file), patch.path) }));
      return makeReviewed(target, lying, naming, tools, admission);
    },
    reporter: shell.reporter,
  });
  const proofs = guest === undefined ? [] : await proveLevels(opened, built, { target, files, guest, shell });
  const failed = anyFailed(proofs);
  if (options.lock === true && built.stopped === undefined && !failed) {
    const levels = built.levels.map(({ plan: level, digest }) => ({ plan: level, update: digest }));
    await writeOutput(lockFile, Buffer.from(printLock(kernel, levels)));
  }
  return {
    kernel,
    changed,
    built,
    proofs,
    ending: built.stopped?.ending ?? (failed ? 'proofFailed' : 'done'),
  };
}

async function proveLevels(
  { probes, plan }: OpenedSeries,
  { levels }: SeriesBuild,
  {
    target: { baseline },
    files,
    guest,
    shell: { reporter, signal },
  }: {
    readonly target: Target;
    readonly files: LevelFiles;
    readonly guest: Awaited<ReturnType<typeof readGuest>>;
    readonly shell: Shell;
  },
): Promise<readonly LevelProof[]> {
  const [{ proveSeries }, { proveOnBaseline }] = await Promise.all([
    import('./prove.ts'),
    import('@uptide/lab'),
  ]);
  return await proveSeries({
    levels,
    probes,
    guest,
    files,
    prove: (level, wanted) =>
      reporter.step(`proof of level ${level} of ${plan.length}`, () =>
        proveOnBaseline(baseline, wanted, { reporter, signal }),
      ),
  });
}
