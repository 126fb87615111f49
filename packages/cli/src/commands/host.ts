// SPDX-License-Identifier: GPL-2.0-or-later
import type { MakeCommand } from '../program.ts';
import { listCommand } from './list.ts';
import { loadCommand } from './load.ts';
import { showCommand } from './show.ts';
import { sourceCommand } from './source.ts';
import { siteStreamCommand } from './stream/index.ts';
import { tufClientCommand } from './tuf-client.ts';
import { unloadCommand } from './unload.ts';

/**
 * The commands of a host, in the order of the help: all that the installed agent has. None of them needs a
 * compiler, a baseline or a virtual machine.
 */
export const HOST_COMMANDS: readonly MakeCommand[] = [
  loadCommand,
  unloadCommand,
  listCommand,
  showCommand,
  sourceCommand,
  siteStreamCommand,
  tufClientCommand,
];
