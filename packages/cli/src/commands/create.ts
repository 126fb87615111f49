// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { UptideError } from '@uptide/base';
import { assembleUpdate, describeOutcome, endingOf, outcomeToJson } from '../glue/create.ts';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION, STORE_OPTION, storeOf } from '../shell/options.ts';
import { requireWritable, writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide create`: makes a live update out of patch files. */
export function createCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('create')
    .description('make a live update out of patch files for one kernel')
    .argument('<patch...>', 'patch files in the order in which they are applied')
    .requiredOption('--kernel <release>', 'the kernel release; see uptide kernel list')
    .option('-o, --output <file>', 'the .uptide file to write (default: named after its module)')
    .option('--title <text>', 'what the update is called (default: the subject of the first patch)')
    .option('--cve <id>', 'a CVE that it fixes, besides those that the patches name; repeatable', addCve, [])
    .option('-j, --jobs <number>', 'compilers at a time (default: one a processor)', toJobs)
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((paths, options) =>
      act(options, async () => {
        const [{ createUpdate }, { listBaselines, openBaseline }, { encodeUpdate }] = await Promise.all([
          import('@uptide/forge'),
          import('@uptide/kernel'),
          import('@uptide/stream'),
        ]);
        const patches = await Promise.all(
          paths.map(async (path) => ({ path, bytes: await readInput(path) })),
        );
        await requireWritable(options.output ?? 'x');
        const store = await storeOf(options);
        const baseline = await openBaseline(options.kernel, store);
        const outcome = await createUpdate({
          baseline,
          patches,
          scratch: join(store.root, 'scratch'),
          jobs: options.jobs,
          reporter,
          signal,
        });
        for (const note of outcome.notes) reporter.note(note);
        if (outcome.update === undefined) {
          if (options.json === true) printJson(outcomeToJson(outcome));
          else print(describeOutcome(outcome));
          return endingOf(outcome);
        }
        const listed = (await listBaselines(store)).find(({ release }) => release === baseline.release);
        if (listed === undefined || 'problem' in listed) {
          throw new UptideError('INTERNAL', `the record of ${baseline.release} went away`);
        }
        const update = assembleUpdate(
          outcome.update,
          outcome.findings,
          patches,
          { baseline, record: listed.record },
          { title: options.title, cves: options.cve },
        );
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

function toJobs(text: string): number {
  const jobs = Number(text);
  if (!Number.isSafeInteger(jobs) || jobs < 1) throw new InvalidArgumentError('It is a number from 1.');
  return jobs;
}
