// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { describeOutcome, endingOf, outcomeToJson } from '../glue/create.ts';
import { makeUpdate, openTarget } from '../glue/make.ts';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION, STORE_OPTION, storeOf, toCount } from '../shell/options.ts';
import { requireWritable, writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide create`: makes a live update out of patch files. */
export function createCommand({
  act,
  confirm,
  print,
  printJson,
  reporter,
  signal,
}: Shell): CommandUnknownOpts {
  return new Command('create')
    .description('make a live update out of patch files for one kernel')
    .argument('<patch...>', 'patch files in the order in which they are applied')
    .requiredOption('--kernel <release>', 'the kernel release; see uptide kernel list')
    .option('-o, --output <file>', 'the .uptide file to write (default: named after its module)')
    .option('--title <text>', 'what the update is called (default: the subject of the first patch)')
    .option('--cve <id>', 'a CVE that it fixes, besides those that the patches name; repeatable', addCve, [])
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
        await requireWritable(options.output ?? 'x');
        const target = await openTarget(options.kernel, await storeOf(options));
        const naming = { title: options.title, cves: options.cve };
        const { jobs, maxUnits, yes = false, json = false } = options;
        const mayCompile = async (units: number): Promise<boolean> =>
          yes || (!json && (await confirm(`Changed headers may reach ${units} files. Compile them all?`)));
        const tools = { jobs, maxUnits, mayCompile, reporter, signal };
        const { outcome, update } = await makeUpdate(target, patches, naming, tools);
        for (const note of outcome.notes) reporter.note(note);
        if (update === undefined) {
          if (options.json === true) printJson(outcomeToJson(outcome));
          else print(describeOutcome(outcome));
          return endingOf(outcome);
        }
        const { encodeUpdate } = await import('@uptide/stream');
        const file = options.output ?? `${update.description.module}.uptide`;
        signal.throwIfAborted();
        await writeOutput(file, encodeUpdate(update));
        if (options.json === true) printJson(outcomeToJson(outcome, { file, update }));
        else print(describeOutcome(outcome, { file, update }));
        return endingOf(outcome);
      }),
    );
}

function addCve(id: string, earlier: readonly string[]): string[] {
  if (!/^CVE-\d{4}-\d{4,19}$/.test(id)) throw new InvalidArgumentError('It has the form CVE-2024-26886.');
  return [...earlier, id];
}
