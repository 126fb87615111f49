// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../../shell/shell.ts';
import { kernelAddCommand } from './add.ts';
import { kernelListCommand } from './list.ts';
import { kernelRemoveCommand } from './remove.ts';
import { kernelShowCommand } from './show.ts';

/** `uptide kernel`: the store of baselines. */
export function kernelCommand(shell: Shell): CommandUnknownOpts {
  return new Command('kernel')
    .description('keep the kernels that updates are made for')
    .addCommand(kernelAddCommand(shell))
    .addCommand(kernelListCommand(shell))
    .addCommand(kernelShowCommand(shell))
    .addCommand(kernelRemoveCommand(shell));
}
