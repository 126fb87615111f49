// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell, endingOfState } from '../glue/agent/agent.ts';
import { describePlan, planToJson } from '../glue/agent/plan.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide check`: asks the stream for news and says what should be done. */
export function checkCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('check')
    .description('ask the stream for news and say what should be done; nothing is loaded')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { checkStream } = await import('@uptide/host');
        const { plan } = await checkStream(await agentOfShell(shell));
        if (options.json === true) printJson({ schema: 1, ...planToJson(plan) });
        else print(describePlan(plan));
        return endingOfState(plan.state);
      }),
    );
}
