// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION, toCount } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream rotate`: other keys or another threshold for a role. */
export function streamRotateCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('rotate')
    .description('stage other keys or another threshold for a role; hosts follow by themselves')
    .argument('<role>', 'root, targets, snapshot, timestamp, rollout, a series, or all that list a key')
    .option('--add-key <file...>', 'key files, private or public')
    .option('--remove-key <key...>', 'key files or key ids')
    .option('--threshold <number>', 'how many keys must sign (default: as before)', toCount)
    .option('--weaken <reason>', 'why fewer signatures are to be enough than before')
    .option('--new-series', 'the role is a distribution series that the stream does not have yet')
    .option(...REPOSITORY_OPTION)
    .option(...JSON_OPTION)
    .action((role, options) =>
      act(options, async () => {
        const [{ newSeries, rotateRole, withRepository }, { keyIdsOf, publicKeysOf }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/keys.ts'),
        ]);
        const { repository: folder = DEFAULT_REPOSITORY, threshold, weaken } = options;
        const change = {
          add: await publicKeysOf(options.addKey ?? []),
          remove: await keyIdsOf(options.removeKey ?? []),
          threshold,
          weaken,
        };
        const stage = options.newSeries === true ? newSeries : rotateRole;
        const staged = await withRepository(folder, (repository) =>
          stage(repository, role, change, Date.now()),
        );
        if (options.json === true) printJson({ schema: 1, staged });
        else print(`staged, to be signed and published: ${staged.join(', ')}`);
        return 'done';
      }),
    );
}
