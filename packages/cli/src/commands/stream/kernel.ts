// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION, toCount } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream kernel`: what the makers say of a kernel beside its levels. */
export function streamKernelCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('kernel')
    .description('stage how long a kernel is covered, its end, or that a level was wrong')
    .argument('<kernel>', 'a release, RELEASE/BUILDID, or all')
    .option('--covered-until <day>', 'levels are promised to this day, YYYY-MM-DD')
    .option('--end <reason>', 'no more levels will come')
    .option('--successor <release>', 'with --end: the release to boot instead')
    .option('--withdraw <reason>', 'the level must not be taken any more; see also `rollout --withdraw`')
    .option('--level <number>', 'with --withdraw: the level', toCount)
    .option(...REPOSITORY_OPTION)
    .option(...JSON_OPTION)
    .action((kernel, options) =>
      act(options, async () => {
        const [{ changeIndices, withRepository }, { indexChange }, { describeKernels }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/index-change.ts'),
          import('../../glue/stream/describe.ts'),
        ]);
        const now = Date.now();
        const change = indexChange(options, now);
        const { repository: folder = DEFAULT_REPOSITORY } = options;
        const result = await withRepository(folder, (repository) =>
          changeIndices(repository, kernel, change, now),
        );
        if (options.json === true) printJson({ schema: 1, ...result });
        else print(describeKernels(result));
        return result.findings.length === 0 ? 'done' : 'refused';
      }),
    );
}
