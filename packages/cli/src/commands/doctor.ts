// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../glue/agent/agent.ts';
import { describeExamined, endingOfExamined } from '../glue/agent/doctor.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide doctor`: looks at everything that updates depend on. */
export function doctorCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson, reporter } = shell;
  return new Command('doctor')
    .description('look at everything that live updates of this host depend on')
    .option('--kernel-text', 'compare the running code of all that was replaced in this boot')
    .option('--clear', 'let updates be loaded again after unclean boots, and end every quarantine')
    .option('--unquarantine <id>', 'end the quarantine of one update, by the beginning of its id')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { clearHost, examineHost } = await import('@uptide/host');
        const agent = await agentOfShell(shell);
        const { unquarantine } = options;
        if (options.clear === true || unquarantine !== undefined) {
          const { setAside } = await clearHost(agent, options.clear === true ? undefined : unquarantine);
          if (setAside !== undefined) reporter.note(`the damaged journal lies in ${setAside} now`);
        }
        const examined = await examineHost(agent, { kernelText: options.kernelText === true });
        if (options.json === true) printJson({ schema: 1, checks: examined });
        else print(describeExamined(examined));
        return endingOfExamined(examined);
      }),
    );
}
