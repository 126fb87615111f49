// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../../shell/input.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DISTRIBUTION_OPTION, PROXY_OPTION, RELEASE_OPTION, toDay } from './options.ts';

/** `uptide stream export`: packs a stream into one file. */
export function streamExportCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('export')
    .description('pack a stream, verified, into one file to be carried over an air gap')
    .argument('<from>', 'where the stream lies: an http or https address, or a folder')
    .argument('<file>', 'the file to write')
    .requiredOption('--root <file>', 'the root that the makers of the stream published')
    .requiredOption('--expires <day>', 'the last day on which it may be imported, e.g. 2026-12-31', toDay)
    .option(...DISTRIBUTION_OPTION)
    .option(...RELEASE_OPTION)
    .option(...PROXY_OPTION)
    .option(...JSON_OPTION)
    .action((from, file, options) =>
      act(options, async () => {
        const [{ exportStream, sourceAt }, { describeMirror, filterOf, mirrorToJson }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/mirror.ts'),
        ]);
        const { proxy, expires } = options;
        const report = await exportStream({
          source: sourceAt([from], { proxy, signal }),
          root: await readInput(options.root),
          file,
          expires,
          filter: filterOf(options),
          now: Date.now,
          signal,
          reporter,
        });
        if (options.json === true) printJson(mirrorToJson(file, report));
        else print(describeMirror(file, report));
        return 'done';
      }),
    );
}
