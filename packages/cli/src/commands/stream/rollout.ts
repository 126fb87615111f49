// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION, toCount } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, KEY_OPTION, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream rollout`: stops, holds back or lets go at once. */
export function streamRolloutCommand(shell: Shell): CommandUnknownOpts {
  return new Command('rollout')
    .description(
      'change who may have which level, with the key of the people on call, and publish it at once',
    )
    .argument('<kernel>', 'a release, RELEASE/BUILDID, or all')
    .option('--halt <reason>', 'no host takes any level')
    .option('--resume', 'end the halt')
    .option('--block <reason>', 'hosts that fit the conditions below do not load')
    .option('--unload', 'with --block: and unload where it is live')
    .option('--levels <first-last>', 'with --block: only these levels')
    .option('--build-id <hex>', 'with --block: only on kernels with this build id')
    .option('--ever-loaded <id...>', 'with --block: only where one of these updates was loaded in this boot')
    .option('--unblock <number>', 'end a block, by its number in `status`', toCount)
    .option('--level <number>', 'with --waves or --withdraw: the level', toCount)
    .option('--waves <waves>', 'normal, fast, emergency, all, or 5%@MOMENT,100%@MOMENT')
    .option('--withdraw <reason>', 'offer the level to nobody any more')
    .option(...REPOSITORY_OPTION)
    .option(...KEY_OPTION)
    .option(...JSON_OPTION)
    .action((kernel, options) =>
      shell.act(options, async () => {
        const [
          { changeRollouts, withRepository },
          { rolloutChange },
          { signersAt },
          { describePublication },
        ] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/rollout.ts'),
          import('../../glue/stream/keys.ts'),
          import('../../glue/stream/describe.ts'),
        ]);
        const now = Date.now();
        const change = rolloutChange(options, now);
        const { repository: folder = DEFAULT_REPOSITORY } = options;
        const signers = await signersAt(folder, options.key, shell);
        const result = await withRepository(folder, (repository) =>
          changeRollouts(repository, kernel, change, signers, now),
        );
        if (options.json === true) shell.printJson({ schema: 1, ...result });
        else shell.print(describePublication(result));
        return result.findings.length === 0 ? 'done' : 'refused';
      }),
    );
}
