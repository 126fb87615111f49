// SPDX-License-Identifier: GPL-2.0-or-later
import type { MakeCommand } from '../program.ts';
import { buildCommand } from './build.ts';
import { corpusCommand } from './corpus.ts';
import { createCommand } from './create.ts';
import { diffObjectsCommand } from './diff-objects.ts';
import { examineCommand } from './examine.ts';
import { HOST_COMMANDS } from './host.ts';
import { kernelCommand } from './kernel/index.ts';
import { matchCommand } from './match.ts';
import { proveCommand } from './prove.ts';
import { reviewCommand } from './review.ts';
import { siteStreamCommand, streamCommand } from './stream/index.ts';
import { verifyCommand } from './verify.ts';

/** The commands of a maker. A command loads the rooms that it needs when it runs. */
const MAKER_COMMANDS: readonly MakeCommand[] = [
  examineCommand,
  reviewCommand,
  createCommand,
  buildCommand,
  proveCommand,
  verifyCommand,
  corpusCommand,
  diffObjectsCommand,
  matchCommand,
  kernelCommand,
  streamCommand,
];

/** Every command of a checkout, in the order of the help. `stream` is there as a whole. */
export const COMMANDS: readonly MakeCommand[] = [
  ...MAKER_COMMANDS,
  ...HOST_COMMANDS.filter((command) => command !== siteStreamCommand),
];
