// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide show`: says what an update contains. */
export function showCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('show')
    .description('print what an update contains: what it replaces, why, with which findings and proof')
    .argument('<update>', 'the .uptide file')
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ decodeUpdate }, { describeUpdate, updateToJson }] = await Promise.all([
          import('@uptide/stream'),
          import('../glue/show.ts'),
        ]);
        const update = decodeUpdate(await readInput(path));
        if (options.json === true) printJson(updateToJson(path, update));
        else print(describeUpdate(path, update));
        return 'done';
      }),
    );
}
