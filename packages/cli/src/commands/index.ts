// SPDX-License-Identifier: GPL-2.0-or-later
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../shell/shell.ts';
import { kernelCommand } from './kernel/index.ts';

/** Every command in the order of the help. A command loads the rooms that it needs when it runs. */
export const COMMANDS: readonly ((shell: Shell) => CommandUnknownOpts)[] = [kernelCommand];
