// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { formatSize } from '../../glue/baseline.ts';
import { formatTable } from '../../shell/lines.ts';
import { JSON_OPTION, STORE_OPTION, storeOf } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide kernel list`: the kernels of the store. */
export function kernelListCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('list')
    .description('list the kernels of the store')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { listBaselines } = await import('@uptide/kernel');
        const listed = await listBaselines(await storeOf(options));
        if (options.json === true) {
          const kernels = listed.map((kernel) =>
            'record' in kernel ? kernel.record : { release: kernel.release, problem: kernel.problem.code },
          );
          printJson({ schema: 1, kernels });
        } else if (listed.length > 0) {
          const rows = listed.map((kernel) =>
            'record' in kernel
              ? [kernel.release, kernel.record.sourceVersion, formatSize(kernel.record.bytes)]
              : [kernel.release, kernel.problem.describe()],
          );
          print(formatTable(rows));
        }
        return 'done';
      }),
    );
}
