// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { signersAt } from '../../glue/stream/keys.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, KEY_OPTION, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream sign`: signs what is staged. */
export function streamSignCommand(shell: Shell): CommandUnknownOpts {
  return new Command('sign')
    .description('sign what is staged with the keys at hand')
    .option(...REPOSITORY_OPTION)
    .option(...KEY_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      shell.act(options, async () => {
        const [{ signStaged, withRepository }, { describeSignatures }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/describe.ts'),
        ]);
        const { repository: folder = DEFAULT_REPOSITORY } = options;
        const signers = await signersAt(folder, options.key, shell);
        const signed = await withRepository(folder, (repository) => signStaged(repository, signers));
        if (options.json === true) shell.printJson({ schema: 1, signed });
        else shell.print(describeSignatures(signed));
        return 'done';
      }),
    );
}
