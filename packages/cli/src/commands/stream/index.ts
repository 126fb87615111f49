// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../../shell/shell.ts';
import { streamAddCommand } from './add.ts';
import { streamExportCommand } from './export.ts';
import { streamImportCommand } from './import.ts';
import { streamInitCommand } from './init.ts';
import { streamKernelCommand } from './kernel.ts';
import { streamKeyCommand } from './key.ts';
import { streamMirrorCommand } from './mirror.ts';
import { streamNotesCommand } from './notes.ts';
import { streamPublishCommand } from './publish.ts';
import { streamRolloutCommand } from './rollout.ts';
import { streamRotateCommand } from './rotate.ts';
import { streamSignCommand } from './sign.ts';
import { streamStatusCommand } from './status.ts';
import { streamUnstageCommand } from './unstage.ts';

/** `uptide stream`: publishes updates for machines to follow. */
export function streamCommand(shell: Shell): CommandUnknownOpts {
  return new Command('stream')
    .description('publish updates as a signed stream of static files')
    .addCommand(streamInitCommand(shell))
    .addCommand(streamKeyCommand(shell))
    .addCommand(streamAddCommand(shell))
    .addCommand(streamKernelCommand(shell))
    .addCommand(streamNotesCommand(shell))
    .addCommand(streamSignCommand(shell))
    .addCommand(streamPublishCommand(shell))
    .addCommand(streamRolloutCommand(shell))
    .addCommand(streamRotateCommand(shell))
    .addCommand(streamStatusCommand(shell))
    .addCommand(streamUnstageCommand(shell))
    .addCommand(streamMirrorCommand(shell))
    .addCommand(streamExportCommand(shell))
    .addCommand(streamImportCommand(shell));
}

/** The part of `uptide stream` that a site has need of which makes no updates. */
export function siteStreamCommand(shell: Shell): CommandUnknownOpts {
  return new Command('stream')
    .description('carry a stream: mirrors and air gaps')
    .addCommand(streamMirrorCommand(shell))
    .addCommand(streamExportCommand(shell))
    .addCommand(streamImportCommand(shell));
}
