// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell, endingOfAct } from '../glue/agent/agent.ts';
import { confirmWith, DRY_RUN_OPTION, YES_OPTION } from '../glue/agent/confirm.ts';
import { describeAct, describePlan, planToJson } from '../glue/agent/plan.ts';
import { JSON_OPTION, toCount } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide upgrade`: loads the newest level that is allowed. */
export function upgradeCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('upgrade')
    .description('load the newest level of the stream that is allowed here')
    .option('--to <level>', "this level instead; the host's own policy does not hold it back then", toCount)
    .option(...DRY_RUN_OPTION)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { upgrade } = await import('@uptide/host');
        const { to } = options;
        const confirm = confirmWith(shell, options);
        const result = await upgrade(await agentOfShell(shell), {
          confirm,
          ...(to === undefined ? {} : { to }),
        });
        const { plan, outcome } = result;
        if (options.json === true) printJson({ schema: 1, plan: planToJson(plan), outcome });
        else if (plan.step === undefined) print(describePlan(plan));
        else if (outcome !== undefined) print(describeAct(result) ?? '');
        return endingOfAct(result);
      }),
    );
}
