// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { STORE_OPTION, storeOf } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide kernel remove`: takes a kernel out of the store. */
export function kernelRemoveCommand({ act, reporter }: Shell): CommandUnknownOpts {
  return new Command('remove')
    .description('take a kernel out of the store, with the packages that no other one needs')
    .argument('<release>', 'what uname -r prints')
    .option(...STORE_OPTION)
    .action((release, options) =>
      act({}, async () => {
        const { removeBaseline } = await import('@uptide/kernel');
        const store = await storeOf(options);
        await reporter.step(`remove ${release}`, () => removeBaseline(release, store));
        return 'done';
      }),
    );
}
