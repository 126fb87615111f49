// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../../shell/input.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { ROOT_OPTION } from './options.ts';

/** `uptide stream import`: brings a mirror up to what an export has. */
export function streamImportCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('import')
    .description('verify an export and bring a mirror up to it')
    .argument('<file>', 'what `uptide stream export` made')
    .argument('<dir>', 'the folder of the mirror, for hosts to follow; it is made')
    .option(...ROOT_OPTION)
    .option(...JSON_OPTION)
    .action((file, folder, options) =>
      act(options, async () => {
        const [{ importStream }, { describeMirror, mirrorToJson }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/mirror.ts'),
        ]);
        const root = options.root === undefined ? undefined : await readInput(options.root);
        const report = await importStream({ file, folder, root, now: Date.now, signal, reporter });
        if (options.json === true) printJson(mirrorToJson(folder, report));
        else print(describeMirror(folder, report));
        return 'done';
      }),
    );
}
