// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../../glue/agent/agent.ts';
import { describeFindings } from '../../glue/findings.ts';
import { describeLoad, endingOfFindings } from '../../glue/host.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide agent boot`: loads early in a boot what is trusted. */
export function agentBootCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('boot')
    .description('load early in a boot what was live and trusted before, without the network')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { runBoot } = await import('@uptide/host');
        const { outcome, passedOver } = await runBoot(await agentOfShell(shell));
        if (options.json === true) printJson({ schema: 1, outcome, passedOver });
        else {
          const loaded = outcome === undefined ? 'nothing is to be loaded' : describeLoad(outcome);
          print([describeFindings(passedOver), loaded].filter((part) => part !== '').join('\n'));
        }
        // Nothing to load, or held back by a switch: that is no failure of the unit.
        const held = outcome?.findings.some(({ code }) => code === 'HOST_SWITCHED_OFF') === true;
        return outcome === undefined || outcome.state === 'live' || held
          ? 'done'
          : endingOfFindings(outcome.findings);
      }),
    );
}
