// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { describeBaseline, formatSize } from '../../glue/baseline.ts';
import { formatTable } from '../../shell/lines.ts';
import { JSON_OPTION, STORE_OPTION, storeOf } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide kernel show`: what is known of a kernel of the store. */
export function kernelShowCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('show')
    .description('say what a kernel of the store was made from and what it takes on the disk')
    .argument('<release>', 'what uname -r prints')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((release, options) =>
      act(options, async () => {
        const { showBaseline } = await import('@uptide/kernel');
        const { record, folder, cacheBytes, packageBytes } = await showBaseline(
          release,
          await storeOf(options),
        );
        if (options.json === true) printJson({ ...record, folder, cacheBytes, packageBytes });
        else {
          const more = [
            ['kept results', formatSize(cacheBytes)],
            ['kept packages', formatSize(packageBytes)],
            ['folder', folder],
          ];
          print(`${describeBaseline(record)}\n${formatTable(more)}`);
        }
        return 'done';
      }),
    );
}
