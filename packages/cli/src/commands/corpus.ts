// SPDX-License-Identifier: GPL-2.0-or-later
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readFixes } from '../corpus/fixes.ts';
import { KeptResults } from '../corpus/kept.ts';
import type { CorpusEntry } from '../corpus/model.ts';
import { runCorpus } from '../corpus/run.ts';
import { corpusToMarkdown, countVerdicts, type RunFacts } from '../corpus/table.ts';
import { openTarget } from '../glue/make.ts';
import { JSON_OPTION, STORE_OPTION, storeOf, toCount } from '../shell/options.ts';
import { writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';
import { VERSION } from '../version.ts';

/** `uptide corpus`: makes an update out of every patch of a folder. */
export function corpusCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('corpus')
    .description('make an update out of each patch of a folder, and tell how far that went')
    .argument('<dir>', 'the folder with the *.patch files; a manifest.json in or beside it gives titles')
    .requiredOption('--kernel <release>', 'the kernel release; see uptide kernel list')
    .option('--out <dir>', 'where the updates, corpus.md and corpus.json go', 'corpus')
    .option('-j, --jobs <number>', 'patches at a time (default: one a processor)', toCount)
    .option(
      '--max-units <number>',
      'files that changed headers may reach; a patch that reaches more is refused (default: 400)',
      toCount,
    )
    .option('--prove', 'prove each update that was made')
    .option('--fresh', 'do again what earlier runs did')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((folder, { out, prove = false, fresh = false, ...options }) =>
      act(options, async () => {
        const fixes = await readFixes(folder);
        const target = await openTarget(options.kernel, await storeOf(options));
        const { jobs = availableParallelism(), maxUnits } = options;
        const started = performance.now();
        const { entries, fresh: made } = await reporter.step('corpus', () =>
          runCorpus({
            target,
            fixes,
            kept: new KeptResults(out),
            jobs,
            maxUnits,
            prove,
            fresh,
            reporter,
            signal,
          }),
        );
        const { baseline } = target;
        const facts: RunFacts = {
          date: new Date().toISOString().slice(0, 10),
          version: VERSION,
          release: baseline.release,
          sourceVersion: baseline.sourceVersion,
          compiler: baseline.compilerText,
          folder,
          took: Math.round(performance.now() - started),
          fresh: made,
          jobs,
        };
        const report = { schema: 1, ...facts, verdicts: countVerdicts(entries), entries };
        await writeOutput(join(out, 'corpus.md'), Buffer.from(corpusToMarkdown(entries, facts)));
        await writeOutput(join(out, 'corpus.json'), Buffer.from(`${JSON.stringify(report, undefined, 1)}\n`));
        if (options.json === true) printJson(report);
        else print(describe(entries, out));
        return endingOf(entries);
      }),
    );
}

function describe(entries: readonly CorpusEntry[], out: string): string {
  const counts = Object.entries(countVerdicts(entries)).map(([verdict, count]) => `${count} ${verdict}`);
  return `${entries.length} patches: ${counts.join(', ')}; see ${join(out, 'corpus.md')}`;
}

/** A refusal is a result; a fault of ours and a proof that failed are not what was asked for. */
function endingOf(entries: readonly CorpusEntry[]): 'done' | 'internal' | 'proofFailed' {
  if (entries.some(({ create }) => create.verdict === 'error')) return 'internal';
  return entries.some(({ proof }) => proof?.proof.verdict === 'failed') ? 'proofFailed' : 'done';
}
