// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../../glue/agent/agent.ts';
import { describeAct, describePlan, planToJson } from '../../glue/agent/plan.ts';
import { endingOfFindings } from '../../glue/host.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide agent run`: one round of the service. */
export function agentRunCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson, reporter } = shell;
  return new Command('run')
    .description('one round: judge the boot, ask the stream, plan, load what policy lets, report')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { runCycle } = await import('@uptide/host');
        const result = await runCycle(await agentOfShell(shell));
        const { plan, outcome, trouble } = result;
        if (trouble !== undefined) reporter.note(trouble.describe());
        if (options.json === true) {
          const error = trouble === undefined ? undefined : { code: trouble.code, reason: trouble.message };
          printJson({ schema: 1, plan: planToJson(plan), outcome, error });
        } else
          print([describePlan(plan), describeAct(result)].filter((part) => part !== undefined).join('\n'));
        // A unit that fails is for what no later round mends; that a host waits is no failure.
        if (outcome !== undefined && outcome.state !== 'live' && outcome.state !== 'unloaded') {
          return endingOfFindings(outcome.findings);
        }
        return 'done';
      }),
    );
}
