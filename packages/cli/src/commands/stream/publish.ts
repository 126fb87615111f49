// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, KEY_OPTION, REPOSITORY_OPTION, YES_OPTION } from './options.ts';

/** `uptide stream publish`: makes what is staged the state that hosts see. */
export function streamPublishCommand(shell: Shell): CommandUnknownOpts {
  return new Command('publish')
    .description('check what is staged and make it the state that hosts see')
    .option('--sign', 'before, show what is staged and sign it with the keys at hand')
    .option('--restart-waves', 'begin waves now that went on while signatures were awaited; needs --sign')
    .option('--refresh', 'publish nothing new: sign the timestamp, and what else is due and needs no people')
    .option(...YES_OPTION)
    .option(...REPOSITORY_OPTION)
    .option(...KEY_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      shell.act(options, async () => {
        const [stream, { describePublication }, { confirmSigning }, { signersAt }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/describe.ts'),
          import('../../glue/stream/confirm.ts'),
          import('../../glue/stream/keys.ts'),
        ]);
        const { publishStaged, refresh, requestOf, restartWaves, signStaged, withRepository } = stream;
        const { repository: folder = DEFAULT_REPOSITORY } = options;
        const signers = await signersAt(folder, options.key, shell);
        const result = await withRepository(folder, async (repository) => {
          if (options.refresh === true) return await refresh(repository, signers, Date.now());
          if (options.restartWaves === true) await restartWaves(repository, Date.now());
          if (options.sign === true) {
            await confirmSigning(await requestOf(repository), options.yes === true, shell);
            await signStaged(repository, signers);
          }
          return await shell.reporter.step('check and publish', () =>
            publishStaged(repository, signers, Date.now()),
          );
        });
        if (options.json === true) shell.printJson({ schema: 1, ...result });
        else shell.print(describePublication(result));
        return result.findings.length === 0 ? 'done' : 'refused';
      }),
    );
}
