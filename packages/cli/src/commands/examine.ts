// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { endingOf } from '../glue/create.ts';
import { examine, openTarget } from '../glue/make.ts';
import { readPatches } from '../shell/input.ts';
import { forgeTools, storeOf, withForgeOptions } from '../shell/options.ts';
import { requireOtherFile, requireWritable, writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide examine`: everything that is found on the way to an update, without making it. */
export function examineCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson, reporter } = shell;
  const command = new Command('examine')
    .description('say what a person must judge before patches become a live update')
    .argument('<patch...>', 'patch files in the order in which they are applied')
    .requiredOption('--kernel <release>', 'the kernel release; see uptide kernel list')
    .option('--html <file>', 'write what was found as one HTML file to read and print');
  return withForgeOptions(command).action((paths, options) =>
    act(options, async () => {
      const patches = await readPatches(paths);
      const target = await openTarget(options.kernel, await storeOf(options));
      const { html: page, json } = options;
      if (page !== undefined) {
        await requireWritable(page);
        await requireOtherFile(page, paths);
      }
      const tools = { ...forgeTools(options, shell), disassemble: page !== undefined };
      const { baseline } = target;
      const said = await import('../glue/examination.ts');
      const examined = await examine(target, patches, tools);
      const examination = await said.judgeExamination(baseline, patches, examined);
      for (const note of examination.notes) reporter.note(note);
      if (page !== undefined) {
        await writeOutput(page, Buffer.from(said.pageOfExamination(baseline.release, patches, examination)));
      }
      if (json === true) printJson(said.examinationToJson(examination));
      else print(said.describeExamination(examination));
      return endingOf(examination);
    }),
  );
}
