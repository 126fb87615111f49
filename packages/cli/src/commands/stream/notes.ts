// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../../shell/input.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DEFAULT_REPOSITORY, REPOSITORY_OPTION } from './options.ts';

/** `uptide stream notes`: says of CVEs what no level says. */
export function streamNotesCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('notes')
    .description('keep what the makers say of CVEs, and stage the feeds that follow from it')
    .argument('<file>', 'the notes for one kernel release, YAML or JSON: see docs/stream.md')
    .option(...REPOSITORY_OPTION)
    .option(...JSON_OPTION)
    .action((file, options) =>
      act(options, async () => {
        const [{ noteCves, withRepository }, { parseNotes }, { describeNotes }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/notes.ts'),
          import('../../glue/stream/describe.ts'),
        ]);
        const notes = parseNotes(await readInput(file), file);
        const result = await withRepository(options.repository ?? DEFAULT_REPOSITORY, (repository) =>
          noteCves(repository, notes, Date.now()),
        );
        if (options.json === true) printJson({ schema: 1, ...result });
        else print(describeNotes(notes.kernel, result));
        return result.findings.length === 0 ? 'done' : 'refused';
      }),
    );
}
