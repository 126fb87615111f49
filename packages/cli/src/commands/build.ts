// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { makeUpdate, openTarget } from '../glue/make.ts';
import { JSON_OPTION, STORE_OPTION, storeOf, toCount } from '../shell/options.ts';
import { writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide build`: makes the levels of a series. */
export function buildCommand({
  act,
  confirm,
  print,
  printJson,
  reporter,
  signal,
}: Shell): CommandUnknownOpts {
  return new Command('build')
    .description('make every level of a series, each with all fixes up to it')
    .argument('<series>', 'a series.yaml, or the folder that has one')
    .option('--out <dir>', 'where the levels go (default: levels, beside series.yaml)')
    .option('--lock', 'record the levels as published: from then on they must stay as they are')
    .option('-j, --jobs <number>', 'compilers at a time (default: one a processor)', toCount)
    .option(
      '--max-units <number>',
      'files that changed headers may reach without asking (default: 400)',
      toCount,
    )
    .option('-y, --yes', 'do not ask, however many files changed headers reach')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ openSeries, levelFiles }, { compareWithLock, printLock }, { buildSeries }, describe] =
          await Promise.all([
            import('../series/folder.ts'),
            import('../series/lock.ts'),
            import('../series/build.ts'),
            import('../series/describe.ts'),
          ]);
        const { file, series, plan, lock, lockFile, levelsFolder } = await openSeries(path);
        const changed =
          lock === undefined ? [] : compareWithLock(lock, { kernel: series.kernel, file }, plan);
        const { jobs, maxUnits, yes = false, json = false } = options;
        const mayCompile = async (units: number): Promise<boolean> =>
          yes || (!json && (await confirm(`Changed headers may reach ${units} files. Compile them all?`)));
        const build = async () => {
          const files = await levelFiles(options.out ?? levelsFolder);
          const target = await openTarget(series.kernel, await storeOf(options));
          const tools = { jobs, maxUnits, mayCompile, reporter, signal };
          return await buildSeries({
            plan,
            lock,
            files,
            make: (patches, naming) => {
              reporter.note(`level ${naming.level} of ${plan.length}`);
              return makeUpdate(target, patches, naming, tools);
            },
            reporter,
          });
        };
        const built = changed.length > 0 ? { levels: [] } : await build();
        if (options.lock === true && changed.length === 0 && built.stopped === undefined) {
          const levels = built.levels.map(({ plan: level, digest }) => ({ plan: level, update: digest }));
          await writeOutput(lockFile, Buffer.from(printLock(series.kernel, levels)));
        }
        if (json) printJson(describe.buildToJson(series.kernel, built, changed));
        else print(describe.describeBuild(built, changed));
        if (changed.length > 0) return 'refused';
        return built.stopped?.ending ?? 'done';
      }),
    );
}
