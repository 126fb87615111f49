// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readUpdates } from '../../glue/stream/updates.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream add`: stages updates for publication. */
export function streamAddCommand({ act, print, printJson, reporter }: Shell): CommandUnknownOpts {
  return new Command('add')
    .description('judge updates and stage them, with sources, proof and review page beside them')
    .argument('<updates...>', '.uptide files, or folders of them')
    .option(...REPOSITORY_OPTION)
    .option('--series <name>', 'the distribution series of kernels that are new to the stream')
    .option('--waves <waves>', 'normal, fast, emergency, all, or 5%@MOMENT,100%@MOMENT (default: normal)')
    .option('--accept-partly <reason>', 'publish what is proven in parts; the reason is published, too')
    .option('--accept-unreviewed <reason>', 'publish what nobody signed off; the reason is published, too')
    .option(...JSON_OPTION)
    .action((paths, options) =>
      act(options, async () => {
        const [{ addUpdates, DEFAULT_PROFILE, withRepository }, { companionsOf }, { describeAdd }] =
          await Promise.all([
            import('@uptide/stream'),
            import('../../glue/stream/companions.ts'),
            import('../../glue/stream/describe.ts'),
          ]);
        const { repository: folder = DEFAULT_REPOSITORY, series, waves = DEFAULT_PROFILE } = options;
        const files = await readUpdates(paths);
        const result = await withRepository(folder, (repository) =>
          reporter.step(`stage ${files.length} updates`, () =>
            addUpdates(repository, {
              files,
              series,
              waves,
              accepted: { partly: options.acceptPartly, unreviewed: options.acceptUnreviewed },
              companions: companionsOf,
              now: Date.now(),
            }),
          ),
        );
        if (options.json === true) printJson({ schema: 1, ...result });
        else print(describeAdd(result));
        return result.findings.length === 0 ? 'done' : 'refused';
      }),
    );
}
