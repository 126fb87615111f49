// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { describeBaseline } from '../../glue/baseline.ts';
import { JSON_OPTION, STORE_OPTION, storeOf } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide kernel add`: fetches a kernel's packages and prepares its baseline. */
export function kernelAddCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('add')
    .description('fetch the packages of a kernel release and prepare its baseline')
    .argument('<release>', 'what uname -r prints, e.g. 6.1.0-50-amd64')
    .option('--from <dir>', 'take the packages from a folder of .deb files; no network is used')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((release, options) =>
      act(options, async () => {
        const { addBaseline, openBaseline } = await import('@uptide/kernel');
        const store = await storeOf(options);
        const { record, present } = await addBaseline({
          release,
          store,
          reporter,
          signal,
          ...(options.from === undefined ? {} : { fromDir: options.from }),
        });
        const { indexSources } = await import('@uptide/forge');
        const baseline = await openBaseline(release, store);
        await reporter.step('index sources', () => indexSources(baseline, signal));
        if (present) reporter.note(`${release} is in the store already`);
        if (options.json === true) printJson(record);
        else print(describeBaseline(record));
        return 'done';
      }),
    );
}
