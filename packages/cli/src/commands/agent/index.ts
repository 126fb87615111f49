// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../../shell/shell.ts';
import { agentBootCommand } from './boot.ts';
import { agentRunCommand } from './run.ts';
import { agentShutdownCommand } from './shutdown.ts';

/** `uptide agent`: what the units of the service call. */
export function agentCommand(shell: Shell): CommandUnknownOpts {
  return new Command('agent')
    .description('what the service calls: a round, the early start, the end of a boot')
    .addCommand(agentRunCommand(shell))
    .addCommand(agentBootCommand(shell))
    .addCommand(agentShutdownCommand(shell));
}
