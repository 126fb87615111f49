// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream unstage`: drops what is staged. */
export function streamUnstageCommand({ act, print }: Shell): CommandUnknownOpts {
  return new Command('unstage')
    .description('drop all that is staged; what is published stays as it is')
    .option(...REPOSITORY_OPTION)
    .action((options) =>
      act({}, async () => {
        const { withRepository } = await import('@uptide/stream');
        const { repository: folder = DEFAULT_REPOSITORY } = options;
        await withRepository(folder, (repository) => repository.unstage());
        print('nothing is staged');
        return 'done';
      }),
    );
}
