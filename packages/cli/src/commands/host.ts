// SPDX-License-Identifier: GPL-2.0-or-later
import type { MakeCommand } from '../program.ts';
import { agentCommand } from './agent/index.ts';
import { checkCommand } from './check.ts';
import { doctorCommand } from './doctor.ts';
import { listCommand } from './list.ts';
import { loadCommand } from './load.ts';
import { logCommand } from './log.ts';
import { removeCommand } from './remove.ts';
import { rollbackCommand } from './rollback.ts';
import { showCommand } from './show.ts';
import { signModuleCommand } from './sign-module.ts';
import { sourceCommand } from './source.ts';
import { statusCommand } from './status.ts';
import { siteStreamCommand } from './stream/index.ts';
import { subscribeCommand } from './subscribe.ts';
import { tufClientCommand } from './tuf-client.ts';
import { unameCommand } from './uname.ts';
import { unloadCommand } from './unload.ts';
import { upgradeCommand } from './upgrade.ts';

/**
 * The commands of a host, in the order of the help: all that the installed agent has. None of them needs a
 * compiler, a baseline or a virtual machine.
 */
export const HOST_COMMANDS: readonly MakeCommand[] = [
  subscribeCommand,
  checkCommand,
  upgradeCommand,
  statusCommand,
  showCommand,
  rollbackCommand,
  removeCommand,
  unameCommand,
  doctorCommand,
  logCommand,
  loadCommand,
  unloadCommand,
  listCommand,
  sourceCommand,
  signModuleCommand,
  siteStreamCommand,
  agentCommand,
  tufClientCommand,
];
