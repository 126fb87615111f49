// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { endingOf } from '../glue/create.ts';
import { describeFindings } from '../glue/findings.ts';
import { openTarget } from '../glue/make.ts';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION, STORE_OPTION, storeOf, toCount } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide examine`: everything that is found on the way to an update, without making it. */
export function examineCommand({
  act,
  confirm,
  print,
  printJson,
  reporter,
  signal,
}: Shell): CommandUnknownOpts {
  return new Command('examine')
    .description('say what a person must judge before patches become a live update')
    .argument('<patch...>', 'patch files in the order in which they are applied')
    .requiredOption('--kernel <release>', 'the kernel release; see uptide kernel list')
    .option('-j, --jobs <number>', 'compilers at a time (default: one a processor)', toCount)
    .option(
      '--max-units <number>',
      'files that changed headers may reach without asking (default: 400)',
      toCount,
    )
    .option('-y, --yes', 'do not ask, however many files changed headers reach')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((paths, options) =>
      act(options, async () => {
        const patches = await Promise.all(
          paths.map(async (path) => ({ path, bytes: await readInput(path) })),
        );
        const { baseline, store } = await openTarget(options.kernel, await storeOf(options));
        const { jobs, maxUnits, yes = false, json = false } = options;
        const mayCompile = async (units: number): Promise<boolean> =>
          yes || (!json && (await confirm(`Changed headers may reach ${units} files. Compile them all?`)));
        const { examinePatches } = await import('@uptide/forge');
        const scratch = join(store.root, 'scratch');
        const tools = { jobs, maxUnits, mayCompile, reporter, signal };
        const examination = await examinePatches({ baseline, patches, scratch, ...tools });
        const { verdict, findings, notes } = examination;
        for (const note of notes) reporter.note(note);
        if (json) printJson({ schema: 1, verdict, findings, notes });
        else print(findings.length === 0 ? 'no rule found anything to judge' : describeFindings(findings));
        return endingOf(examination);
      }),
    );
}
