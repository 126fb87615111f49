// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream status`: where a stream stands. */
export function streamStatusCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('status')
    .description('say what is staged, whose signatures lack, what ends when and what hosts see')
    .option(...REPOSITORY_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const [{ readStatus, withRepository }, { describeStatus }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/describe-status.ts'),
        ]);
        const { repository: folder = DEFAULT_REPOSITORY } = options;
        const status = await withRepository(folder, (repository) => readStatus(repository, Date.now()));
        if (options.json === true) printJson({ schema: 1, ...status });
        else print(describeStatus(status));
        return 'done';
      }),
    );
}
