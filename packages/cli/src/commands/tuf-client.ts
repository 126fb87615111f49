// SPDX-License-Identifier: GPL-2.0-or-later
import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXIT, type ExitName, UptideError } from '@uptide/base';
import { formatFailure, toFailure } from '../shell/failure.ts';
import { readInput } from '../shell/input.ts';
import type { Shell } from '../shell/shell.ts';

const ACTIONS = ['init', 'refresh', 'download'] as const;

/**
 * `uptide tuf-client`: the client of a stream as the public TUF conformance suite calls it (CLIENT-CLI.md of
 * theupdateframework/tuf-conformance); not in the help. It ends with 0 or 1.
 */
export function tufClientCommand({ act, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('tuf-client')
    .description('speak the protocol of the TUF conformance suite')
    .requiredOption('--metadata-dir <dir>', 'the folder of the trusted metadata')
    .option('--metadata-url <url>', 'where the metadata lies')
    .option('--target-name <path>', 'a target to bring; may be repeated', collect)
    .option('--target-dir <dir>', 'the folder for targets')
    .option('--target-base-url <url>', 'where the targets lie')
    .addArgument(new Argument('<action>').choices(ACTIONS))
    .argument('[root]', 'the root that trust begins with, for init')
    .action((action, root, options) =>
      act({}, async (): Promise<ExitName> => {
        try {
          await run(action, root, options, signal);
          return 'done';
        } catch (error) {
          const failure = toFailure(error, signal.aborted);
          reporter.note(formatFailure(failure));
          return failure.status === EXIT.interrupted ? 'interrupted' : 'internal';
        }
      }),
    );
}

interface Options {
  readonly metadataDir: string;
  readonly metadataUrl?: string | undefined;
  readonly targetName?: readonly string[] | undefined;
  readonly targetDir?: string | undefined;
  readonly targetBaseUrl?: string | undefined;
}

async function run(
  action: (typeof ACTIONS)[number],
  root: string | undefined,
  { metadataDir, metadataUrl, targetName, targetDir, targetBaseUrl }: Options,
  signal: AbortSignal,
): Promise<void> {
  if (action === 'init') {
    const { subscribeFolder } = await import('@uptide/stream');
    await subscribeFolder(metadataDir, await readInput(needed(root, 'a root')));
    return;
  }
  const { downloadTargets, refreshedStream } = await import('../glue/tuf-client.ts');
  const url = needed(metadataUrl, '--metadata-url');
  const stream = await refreshedStream({ metadataDir, metadataUrl: url, targetBaseUrl }, signal);
  if (action === 'download')
    await downloadTargets(stream, needed(targetName, '--target-name'), needed(targetDir, '--target-dir'));
}

function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new UptideError('USAGE', `${what} is missing`);
  return value;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
