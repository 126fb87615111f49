// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { openTarget } from '../glue/make.ts';
import { forgeTools, storeOf, toCount, withForgeOptions } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide review`: asks a person to judge what an examination found. */
export function reviewCommand(shell: Shell): CommandUnknownOpts {
  const command = new Command('review')
    .description('walk through the findings that a person must judge, and keep the answers with the patches')
    .argument(
      '<patch...>',
      'patch files in the order in which they are applied, or a series.yaml or its folder',
    )
    .option('--kernel <release>', 'the kernel release; a series names its own')
    .option('--level <number>', 'only this level of a series', toCount)
    .option('--list', 'print the findings and ask nothing')
    .option('--accept <id>', 'sign off the finding of that id; repeatable', addId, [])
    .option('--reason <text>', 'with --accept: why it does no harm')
    .option('--name <name>', 'who signs off (default: user.name of git)');
  return withForgeOptions(command).action((paths, options) =>
    shell.act(options, async () => {
      const { reviewInput, reviewLists } = await import('../review/run.ts');
      const input = await reviewInput(paths, options);
      const target = await openTarget(input.kernel, await storeOf(options));
      return await reviewLists(input, options, target, forgeTools(options, shell), shell);
    }),
  );
}

function addId(id: string, earlier: readonly string[]): string[] {
  if (!/^[0-9a-f]{12}$/.test(id)) throw new InvalidArgumentError('It has 12 digits of 0-9 and a-f.');
  return [...earlier, id];
}
