// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ObjectMatch } from '@uptide/forge';
import { readInput } from '../shell/input.ts';
import { formatTable, printable } from '../shell/lines.ts';
import { JSON_OPTION, STORE_OPTION, storeOf } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide match`: compares the functions of an object file with what was shipped. */
export function matchCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('match')
    .description('compare the functions of an object file with the code that was shipped')
    .argument('<file>', 'object file compiled from the unpatched source')
    .requiredOption('--kernel <release>', 'the kernel release')
    .option('--object <name>', 'vmlinux or the name of a module', 'vmlinux')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ matchObject, shippedObject }, { openBaseline }] = await Promise.all([
          import('@uptide/forge'),
          import('@uptide/kernel'),
        ]);
        const file = await readInput(path);
        const baseline = await openBaseline(options.kernel, await storeOf(options));
        const match = matchObject(file, await shippedObject(baseline, options.object), path);
        if (options.json === true) printJson(match);
        else print(describe(match));
        return match.mismatched.length === 0 ? 'done' : 'noMatch';
      }),
    );
}

function describe({ object, functions, matched, undecided, mismatched }: ObjectMatch): string {
  const rows = [
    ...undecided.map(({ name, addresses }) => ['twins', name, addresses.join(' ')]),
    ...mismatched.map(({ name, state, reason }) => [state, name, reason]),
  ];
  const summary = `${matched} of ${functions} functions match ${object}`;
  return printable(rows.length === 0 ? summary : `${summary}\n${formatTable(rows)}`);
}
