// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { describeLoad, endingOfFindings } from '../glue/host.ts';
import { JSON_OPTION, toWait, WAIT_OPTION, WAIT_SECONDS } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide load`: makes an update live on this machine. */
export function loadCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('load')
    .description('make an update live on this machine')
    .argument('<update>', 'the .uptide file')
    .option(...WAIT_OPTION, toWait)
    .option('--unmatched', 'load although the running code cannot be read and compared')
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ readUpdate }, { guardedLoad, Machine, openJournal }] = await Promise.all([
          import('../glue/read-update.ts'),
          import('@uptide/host'),
        ]);
        const update = await readUpdate(path);
        const machine = new Machine();
        const outcome = await guardedLoad(machine, openJournal(machine), update, {
          by: 'hand',
          wait: options.wait ?? WAIT_SECONDS,
          unmatched: options.unmatched === true,
          reporter,
          signal,
        });
        if (options.json === true) printJson({ schema: 1, ...outcome });
        else print(describeLoad(outcome));
        return outcome.state === 'live' ? 'done' : endingOfFindings(outcome.findings);
      }),
    );
}
