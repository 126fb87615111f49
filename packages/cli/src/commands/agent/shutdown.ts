// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../../glue/agent/agent.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide agent shutdown`: notes that the machine goes down in order. */
export function agentShutdownCommand(shell: Shell): CommandUnknownOpts {
  return new Command('shutdown').description('note that the machine goes down in order').action(() =>
    shell.act({}, async () => {
      const { runShutdown } = await import('@uptide/host');
      await runShutdown(await agentOfShell(shell));
      return 'done';
    }),
  );
}
