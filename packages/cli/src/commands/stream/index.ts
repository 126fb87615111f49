// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../../shell/shell.ts';
import { streamAddCommand } from './add.ts';
import { streamInitCommand } from './init.ts';
import { streamKeyCommand } from './key.ts';
import { streamPublishCommand } from './publish.ts';
import { streamRolloutCommand } from './rollout.ts';
import { streamRotateCommand } from './rotate.ts';
import { streamSignCommand } from './sign.ts';
import { streamStatusCommand } from './status.ts';

/** `uptide stream`: publishes updates for machines to follow. */
export function streamCommand(shell: Shell): CommandUnknownOpts {
  return new Command('stream')
    .description('publish updates as a signed stream of static files')
    .addCommand(streamInitCommand(shell))
    .addCommand(streamKeyCommand(shell))
    .addCommand(streamAddCommand(shell))
    .addCommand(streamSignCommand(shell))
    .addCommand(streamPublishCommand(shell))
    .addCommand(streamRolloutCommand(shell))
    .addCommand(streamRotateCommand(shell))
    .addCommand(streamStatusCommand(shell));
}
