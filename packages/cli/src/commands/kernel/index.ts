// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../../shell/shell.ts';

/** `uptide kernel`: the store of baselines. */
export function kernelCommand(shell: Shell): CommandUnknownOpts {
  void shell;
  return new Command('kernel').description('keep the kernels that updates are made for');
}
