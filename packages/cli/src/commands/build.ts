// SPDX-License-Identifier: GPL-2.0-or-later
import { dirname, join } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { openTarget } from '../glue/make.ts';
import { forgeTools, storeOf, UNREVIEWED_OPTION, withForgeOptions } from '../shell/options.ts';
import { writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide build`: makes the levels of a series. */
export function buildCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson, reporter } = shell;
  const command = new Command('build')
    .description('make every level of a series, each with all fixes up to it')
    .argument('<series>', 'a series.yaml, or the folder that has one')
    .option('--out <dir>', 'where the levels go (default: levels, beside series.yaml)')
    .option('--lock', 'record the levels as published: from then on they must stay as they are')
    .option(...UNREVIEWED_OPTION);
  return withForgeOptions(command).action((path, options) =>
    act(options, async () => {
      const [
        { openSeries, levelFiles },
        { compareWithLock, printLock },
        { buildSeries },
        describe,
        { makeReviewed, reviewCommandLine },
      ] = await Promise.all([
        import('../series/folder.ts'),
        import('../series/lock.ts'),
        import('../series/build.ts'),
        import('../series/describe.ts'),
        import('../review/make.ts'),
      ]);
      const { file, series, plan, lock, lockFile, levelsFolder } = await openSeries(path);
      const changed = lock === undefined ? [] : compareWithLock(lock, { kernel: series.kernel, file }, plan);
      const build = async () => {
        const files = await levelFiles(options.out ?? levelsFolder);
        const target = await openTarget(series.kernel, await storeOf(options));
        const tools = forgeTools(options, shell);
        const admission = { unreviewed: options.unreviewed, command: reviewCommandLine([path]) };
        return await buildSeries({
          plan,
          lock,
          files,
          make: (patches, naming) => {
            reporter.note(`level ${naming.level} of ${plan.length}`);
            const lying = patches.map((patch) => ({ ...patch, path: join(dirname(file), patch.path) }));
            return makeReviewed(target, lying, naming, tools, admission);
          },
          reporter,
        });
      };
      const built = changed.length > 0 ? { levels: [] } : await build();
      if (options.lock === true && changed.length === 0 && built.stopped === undefined) {
        const levels = built.levels.map(({ plan: level, digest }) => ({ plan: level, update: digest }));
        await writeOutput(lockFile, Buffer.from(printLock(series.kernel, levels)));
      }
      if (options.json === true) printJson(describe.buildToJson(series.kernel, built, changed));
      else print(describe.describeBuild(built, changed));
      if (changed.length > 0) return 'refused';
      return built.stopped?.ending ?? 'done';
    }),
  );
}
