// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell, endingOfAct } from '../glue/agent/agent.ts';
import { confirmWith, DRY_RUN_OPTION, YES_OPTION } from '../glue/agent/confirm.ts';
import { describeAct, planToJson } from '../glue/agent/plan.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide remove`: takes every live update of ours out. */
export function removeCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('remove')
    .description('take the live update out; the agent does not bring one again by itself')
    .option(...DRY_RUN_OPTION)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { removeAll } = await import('@uptide/host');
        const result = await removeAll(await agentOfShell(shell), confirmWith(shell, options));
        if (options.json === true) {
          printJson({ schema: 1, plan: planToJson(result.plan), outcome: result.outcome });
        } else if (result.outcome !== undefined) print(describeAct(result) ?? '');
        return result.outcome === undefined ? 'done' : endingOfAct(result);
      }),
    );
}
