// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell, endingOfAct } from '../glue/agent/agent.ts';
import { confirmWith, DRY_RUN_OPTION, YES_OPTION } from '../glue/agent/confirm.ts';
import { describeAct, planToJson } from '../glue/agent/plan.ts';
import { JSON_OPTION, toCount } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide rollback`: goes back to an earlier level. */
export function rollbackCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('rollback')
    .description('go back to the level before; the agent does not go up again by itself')
    .option('--to <level>', 'this level instead', toCount)
    .option(...DRY_RUN_OPTION)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { rollback } = await import('@uptide/host');
        const { to } = options;
        const confirm = confirmWith(shell, options);
        const result = await rollback(await agentOfShell(shell), {
          confirm,
          ...(to === undefined ? {} : { to }),
        });
        if (options.json === true) {
          printJson({ schema: 1, plan: planToJson(result.plan), outcome: result.outcome });
        } else if (result.outcome !== undefined) print(describeAct(result) ?? '');
        return result.outcome === undefined ? 'done' : endingOfAct(result);
      }),
    );
}
