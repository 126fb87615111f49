// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { UNREVIEWED_OPTION, withForgeOptions } from '../shell/options.ts';
import { FILE_OPTION, LOAD_OPTION } from '../shell/proof-options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide build`: makes the levels of a series. */
export function buildCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson, reporter } = shell;
  const command = new Command('build')
    .description('make every level of a series, each with all fixes up to it')
    .argument('<series>', 'a series.yaml, or the folder that has one')
    .option('--out <dir>', 'where the levels go (default: levels, beside series.yaml)')
    .option('--lock', 'record the levels as published: from then on they must stay as they are')
    .option('--prove', 'prove each level against the one before it, as uptide prove --attach does')
    .option(...LOAD_OPTION)
    .option(...FILE_OPTION)
    .option(...UNREVIEWED_OPTION);
  return withForgeOptions(command).action((path, options) =>
    act(options, async () => {
      const { withSeries } = await import('../series/folder.ts');
      return await withSeries(path, reporter, async () => {
        const { buildAndProve } = await import('../series/run.ts');
        const { kernel, changed, built, proofs, ending } = await buildAndProve(path, options, shell);
        const describe = await import('../series/describe.ts');
        if (options.json === true) printJson(describe.buildToJson(kernel, built, changed, proofs));
        else print(describe.describeBuild(built, changed, proofs));
        return ending;
      });
    }),
  );
}
