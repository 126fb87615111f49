// SPDX-License-Identifier: GPL-2.0-or-later
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Shell } from '../shell/shell.ts';
import { buildCommand } from './build.ts';
import { corpusCommand } from './corpus.ts';
import { createCommand } from './create.ts';
import { diffObjectsCommand } from './diff-objects.ts';
import { examineCommand } from './examine.ts';
import { kernelCommand } from './kernel/index.ts';
import { listCommand } from './list.ts';
import { loadCommand } from './load.ts';
import { matchCommand } from './match.ts';
import { proveCommand } from './prove.ts';
import { showCommand } from './show.ts';
import { sourceCommand } from './source.ts';
import { unloadCommand } from './unload.ts';
import { verifyCommand } from './verify.ts';

/** Every command in the order of the help. A command loads the rooms that it needs when it runs. */
export const COMMANDS: readonly ((shell: Shell) => CommandUnknownOpts)[] = [
  examineCommand,
  createCommand,
  buildCommand,
  proveCommand,
  showCommand,
  verifyCommand,
  sourceCommand,
  loadCommand,
  unloadCommand,
  listCommand,
  corpusCommand,
  diffObjectsCommand,
  matchCommand,
  kernelCommand,
];
