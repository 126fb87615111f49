// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync } from 'node:fs';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { UptideError } from '@uptide/base';
import { agentOfShell } from '../glue/agent/agent.ts';
import { availableToJson, chooseLevels, describeAvailable, readWanted } from '../glue/agent/available.ts';
import { JSON_OPTION } from '../shell/options.ts';
import { requireOtherFile, writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide show`: says what an update contains, or what the stream has for this host. */
export function showCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('show')
    .description(
      'print what an update contains; or the levels of the stream, one of them, or who closes a CVE',
    )
    .argument('[what]', 'a .uptide file, the number of a level, or a CVE (default: every level)')
    .option('--available', 'only levels above the live one')
    .option('--html <file>', 'of a file: write the review page, one HTML file to read and print')
    .option(...JSON_OPTION)
    .action((what, options) =>
      act(options, async () => {
        const { html, json, available } = options;
        const wanted =
          what !== undefined && existsSync(what) ? undefined : readWanted(what, available === true);
        if (what !== undefined && wanted === undefined) return await showFile(shell, what, options);
        if (html !== undefined) throw new UptideError('USAGE', '--html is for a .uptide file');
        const { readAvailable } = await import('@uptide/host');
        const known = await readAvailable(await agentOfShell(shell));
        const asked = wanted ?? { available: available === true };
        if (json === true) printJson(availableToJson(known, asked));
        else print(describeAvailable(known, asked));
        const named = asked.level !== undefined || asked.cve !== undefined;
        return named && chooseLevels(known, asked).length === 0 ? 'usage' : 'done';
      }),
    );
}

interface FileOptions {
  readonly html?: string | undefined;
  readonly json?: true | undefined;
}

async function showFile(
  { print, printJson }: Shell,
  path: string,
  { html, json }: FileOptions,
): Promise<'done'> {
  const [{ readUpdate }, { describeUpdate, updateToJson }] = await Promise.all([
    import('../glue/read-update.ts'),
    import('../glue/show.ts'),
  ]);
  if (html !== undefined) await requireOtherFile(html, [path]);
  const update = await readUpdate(path);
  if (html !== undefined) {
    const { reviewPage } = await import('../glue/page/page.ts');
    await writeOutput(html, Buffer.from(reviewPage(update)));
  }
  if (json === true) printJson(updateToJson(path, update));
  else if (html !== undefined) print(`${html}: the review page of ${update.description.module}`);
  else print(describeUpdate(path, update));
  return 'done';
}
