// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION, toCount } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { KEY_OPTION, REPOSITORY_OPTION, YES_OPTION } from './options.ts';

/** `uptide stream sign`: signs what is staged, here or on another machine. */
export function streamSignCommand(shell: Shell): CommandUnknownOpts {
  return new Command('sign')
    .description('show what is staged and sign it; or carry it to other machines and their signatures back')
    .argument('[request]', 'sign this request of another machine; the signatures go to -o')
    .option('--request <file>', 'write what is to be signed, for another machine')
    .option('--import <file...>', 'take in the signatures of other machines')
    .option('--renew <days>', 'before, stage new versions of what ends within so many days', toCount)
    .option('-o, --output <file>', 'where the signatures of a request go')
    .option(...YES_OPTION)
    .option(...REPOSITORY_OPTION)
    .option(...KEY_OPTION)
    .option(...JSON_OPTION)
    .action((request, options) =>
      shell.act(options, async () => {
        const { runSign } = await import('../../glue/stream/sign.ts');
        const { text, json, ending } = await runSign(request, options, shell, Date.now());
        if (options.json === true) shell.printJson({ schema: 1, ...json });
        else shell.print(text);
        return ending;
      }),
    );
}
