// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { describeOutcome, endingOf, outcomeToJson } from '../glue/create.ts';
import { openTarget } from '../glue/make.ts';
import { readPatches } from '../shell/input.ts';
import { forgeTools, storeOf, UNREVIEWED_OPTION, withForgeOptions } from '../shell/options.ts';
import { requireWritable, writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide create`: makes a live update out of patch files. */
export function createCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson, reporter, signal } = shell;
  const command = new Command('create')
    .description('make a live update out of patch files for one kernel')
    .argument('<patch...>', 'patch files in the order in which they are applied')
    .requiredOption('--kernel <release>', 'the kernel release; see uptide kernel list')
    .option('-o, --output <file>', 'the .uptide file to write (default: named after its module)')
    .option('--title <text>', 'what the update is called (default: the subject of the first patch)')
    .option('--cve <id>', 'a CVE that it fixes, besides those that the patches name; repeatable', addCve, [])
    .option(...UNREVIEWED_OPTION);
  return withForgeOptions(command).action((paths, options) =>
    act(options, async () => {
      const patches = await readPatches(paths);
      await requireWritable(options.output ?? 'x');
      const target = await openTarget(options.kernel, await storeOf(options));
      const { makeReviewed, reviewCommandLine } = await import('../review/make.ts');
      const { outcome, update } = await makeReviewed(
        target,
        patches,
        { title: options.title, cves: options.cve },
        forgeTools(options, shell),
        { unreviewed: options.unreviewed, command: reviewCommandLine(paths, options.kernel) },
      );
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
