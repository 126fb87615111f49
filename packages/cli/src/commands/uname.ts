// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { agentOfShell } from '../glue/agent/agent.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide uname`: says which kernel runs, and with which level; what uname(1) says is never changed. */
export function unameCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('uname')
    .description('say which kernel runs and which level is live')
    .option('-r, --kernel-release', 'the release alone, as uname -r says it')
    .option('-a, --all', 'release, architecture, build id, level and effective version')
    .option('--security', 'the effective version alone: the release with the level that is live')
    .option(...JSON_OPTION)
    .action((options) =>
      act(options, async () => {
        const { readStatus } = await import('@uptide/host');
        const { kernel, live, effectiveVersion } = await readStatus(await agentOfShell(shell));
        const level = live?.level ?? 0;
        if (options.json === true) {
          const { release, buildId } = kernel;
          printJson({ schema: 1, release, buildId, level, effectiveVersion });
        } else if (options.kernelRelease === true) print(kernel.release);
        else if (options.security === true) print(effectiveVersion);
        else if (options.all === true) {
          const { release, architecture, buildId } = kernel;
          print(`Linux ${release} ${architecture} ${buildId} level ${level} ${effectiveVersion}`);
        } else print(`${kernel.release} ${level === 0 ? 'without a live update' : `with level ${level}`}`);
        return 'done';
      }),
    );
}
