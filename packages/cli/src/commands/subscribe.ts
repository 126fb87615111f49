// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../glue/agent/agent.ts';
import { readInput } from '../shell/input.ts';
import { oneLine } from '../shell/lines.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide subscribe`: follows a stream. */
export function subscribeCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('subscribe')
    .description('follow a stream: verify it from its root, and remember both')
    .argument('<url>', 'where it is read from: https://..., http://... or a folder')
    .requiredOption('--root <file>', 'the root that its makers published, with which trust begins')
    .option('--replace', 'forget the stream that is followed now')
    .option(...JSON_OPTION)
    .action((url, options) =>
      act(options, async () => {
        const { subscribe } = await import('@uptide/host');
        const root = await readInput(options.root);
        const replace = options.replace === true;
        const { fingerprint, distribution, known } = await subscribe(await agentOfShell(shell), {
          url,
          root,
          replace,
        });
        const levels = known.index?.content.levels.length ?? 0;
        if (options.json === true) {
          printJson({ schema: 1, url, root: fingerprint, distribution, levels, expires: known.expires });
        } else {
          print(
            [
              `following ${oneLine(url)} for ${distribution}; its metadata is good until ${known.expires ?? '?'}`,
              `the root file has the SHA-256 ${fingerprint}: compare it with what its makers say elsewhere`,
              `levels for the kernel that runs: ${levels}; uptide check says which can be taken`,
            ].join('\n'),
          );
        }
        return 'done';
      }),
    );
}
