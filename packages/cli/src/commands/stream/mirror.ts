// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../../shell/input.ts';
import { JSON_OPTION, toCount } from '../../shell/options.ts';
import type { Shell } from '../../shell/shell.ts';
import { DISTRIBUTION_OPTION, PROXY_OPTION, RELEASE_OPTION, ROOT_OPTION } from './options.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Over the life of every timestamp that a cache may hold, and of every download. */
const PRUNE_DAYS = 7;

/** `uptide stream mirror`: copies a stream into a folder to serve. */
export function streamMirrorCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('mirror')
    .description('copy a stream, verified, into a folder that any web server can serve')
    .argument('<from>', 'where the stream lies: an http or https address, or a folder')
    .argument('<to>', 'the folder of the mirror; it is made')
    .option(...ROOT_OPTION)
    .option(...DISTRIBUTION_OPTION)
    .option(...RELEASE_OPTION)
    .option('--verify', 'read again what is there, and fetch what is damaged')
    .option(
      '--prune [days]',
      `remove files that have not been listed for so many days (default: ${PRUNE_DAYS})`,
      toCount,
    )
    .option(...PROXY_OPTION)
    .option(...JSON_OPTION)
    .action((from, to, options) =>
      act(options, async () => {
        const [{ mirrorStream, sourceAt }, { describeMirror, filterOf, mirrorToJson }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/mirror.ts'),
        ]);
        const { proxy, prune, verify } = options;
        const report = await mirrorStream({
          source: sourceAt([from], { proxy, signal }),
          folder: to,
          root: options.root === undefined ? undefined : await readInput(options.root),
          filter: filterOf(options),
          verify,
          pruneAfter: prune === undefined ? undefined : (prune === true ? PRUNE_DAYS : prune) * DAY,
          now: Date.now,
          signal,
          reporter,
        });
        if (options.json === true) printJson(mirrorToJson(to, report));
        else print(describeMirror(to, report));
        return 'done';
      }),
    );
}
