// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { JSON_OPTION, toCount } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide stream init`: begins a stream. */
export function streamInitCommand(shell: Shell): CommandUnknownOpts {
  return new Command('init')
    .description('begin a stream: its roles, keys and thresholds')
    .argument('<dir>', 'the folder of the repository; it is made')
    .requiredOption('--name <text>', 'what people call the stream')
    .option('--home <url>', 'the address of its makers; without it no CSAF document is published')
    .requiredOption('--series <name...>', 'distribution series, e.g. debian-12')
    .option('--simple', 'for one person: make an offline and an online key, sign and publish at once')
    .option('--unencrypted', 'with --simple: the offline key without a passphrase')
    .option('--root-key <file...>', 'keys of the root; as those below, private or public')
    .option('--root-threshold <number>', 'how many of them must sign (default: 1)', toCount)
    .option('--targets-key <file...>', 'keys of the delegations (default: those of the root)')
    .option('--targets-threshold <number>', 'default: that of the root', toCount)
    .option(
      '--release-key <file...>',
      'keys of the series, which sign updates (default: those of the targets)',
    )
    .option('--release-threshold <number>', 'default: that of the targets', toCount)
    .option('--rollout-key <file...>', 'keys of waves and halts (default: the online keys)')
    .option('--rollout-threshold <number>', 'default: 1', toCount)
    .option('--online-key <file...>', 'keys of snapshot and timestamp')
    .option('--bin-size <number>', 'targets of a bin at most (default: 300; up to 1000)', toCount)
    .option('--expiry <role=days...>', 'root, targets, series, rollout, snapshot or timestamp')
    .option(...JSON_OPTION)
    .action((folder, options) =>
      shell.act(options, async () => {
        const { initStream } = await import('../../glue/stream/init.ts');
        const { published } = await initStream(folder, options, shell, Date.now());
        if (options.json === true) shell.printJson({ schema: 1, folder, published });
        else {
          shell.print(
            published
              ? `${folder}: published; serve ${folder}/public, and give hosts ${folder}/public/metadata/1.root.json`
              : `${folder}: staged; sign it, then publish it: uptide stream status -r ${folder}`,
          );
        }
        return 'done';
      }),
    );
}
