// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../glue/agent/agent.ts';
import { describeHistory } from '../glue/agent/history.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide log`: what was loaded and unloaded, in this boot and before. */
export function logCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('log')
    .description('say what was loaded and unloaded, in this boot and in those before')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { readHistory } = await import('@uptide/host');
        const boots = await readHistory(await agentOfShell(shell));
        if (options.json === true) printJson({ schema: 1, boots });
        else print(describeHistory(boots));
        return 'done';
      }),
    );
}
