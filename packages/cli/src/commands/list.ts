// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { describeLive } from '../glue/host.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide list`: shows the live updates of the running kernel. */
export function listCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('list')
    .description('show the live updates of the running kernel')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { liveUpdates, Machine } = await import('@uptide/host');
        const updates = await liveUpdates(new Machine());
        if (options.json === true) printJson({ schema: 1, updates });
        else print(describeLive(updates));
        return 'done';
      }),
    );
}
