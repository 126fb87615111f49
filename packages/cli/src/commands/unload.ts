// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { describeUnload, endingOfFindings } from '../glue/host.ts';
import { JSON_OPTION, toWait, WAIT_OPTION, WAIT_SECONDS } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide unload`: takes an update out of the running kernel. */
export function unloadCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('unload')
    .description('take an update out of the running kernel')
    .argument('[name]', 'which one, as uptide list shows it (default: the only one)')
    .option(...WAIT_OPTION, toWait)
    .option(...JSON_OPTION)
    .action((name, options) =>
      act(options, async () => {
        const { guardedUnload, Machine, openJournal } = await import('@uptide/host');
        const wait = options.wait ?? WAIT_SECONDS;
        const machine = new Machine();
        const guarded = { by: 'hand', wait, reporter, signal } as const;
        const outcome = await guardedUnload(machine, openJournal(machine), name, guarded);
        if (options.json === true) printJson({ schema: 1, ...outcome });
        else print(describeUnload(outcome));
        return outcome.state === 'unloaded' ? 'done' : endingOfFindings(outcome.findings);
      }),
    );
}
