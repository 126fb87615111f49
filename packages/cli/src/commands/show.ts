// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION } from '../shell/options.ts';
import { writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide show`: says what an update contains. */
export function showCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('show')
    .description('print what an update contains: what it replaces, why, with which findings and proof')
    .argument('<update>', 'the .uptide file')
    .option('--html <file>', 'write the review page: one HTML file to read and print')
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ decodeUpdate }, { describeUpdate, updateToJson }] = await Promise.all([
          import('@uptide/stream'),
          import('../glue/show.ts'),
        ]);
        const update = decodeUpdate(await readInput(path));
        const { html: page } = options;
        if (page !== undefined) {
          const { reviewPage } = await import('../glue/page/page.ts');
          await writeOutput(page, Buffer.from(reviewPage(update)));
        }
        if (options.json === true) printJson(updateToJson(path, update));
        else if (page !== undefined) print(`${page}: the review page of ${update.description.module}`);
        else print(describeUpdate(path, update));
        return 'done';
      }),
    );
}
