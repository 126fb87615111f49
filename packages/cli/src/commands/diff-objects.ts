// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ObjectDiff } from '@uptide/forge';
import { describeFindings } from '../glue/findings.ts';
import { readInput } from '../shell/input.ts';
import { printable } from '../shell/lines.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide diff-objects`: which functions differ between two objects of one source. */
export function diffObjectsCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('diff-objects')
    .description('say which functions differ between two objects that were compiled from one source')
    .argument('<original>', 'object file from before the change')
    .argument('<patched>', 'object file from after the change')
    .option(...JSON_OPTION)
    .action((original, patched, options) =>
      act(options, async () => {
        const { diffObjects } = await import('@uptide/forge');
        const diff = diffObjects(await readInput(original), await readInput(patched));
        if (options.json === true) printJson(diff);
        else print(describe(diff));
        if (diff.refused) return 'refused';
        return diff.nochange ? 'noFunctionalChange' : 'done';
      }),
    );
}

function describe(diff: ObjectDiff): string {
  const where = new Map(diff.differences.map((difference) => [difference.function, difference]));
  const changed = diff.changed.map((name) => {
    const difference = where.get(name);
    const offset = difference?.offset === undefined ? '' : `+0x${difference.offset.toString(16)}`;
    return difference === undefined
      ? `changed ${name}`
      : `changed ${name}${offset}: ${difference.original} -> ${difference.patched}`;
  });
  const lines = [
    ...changed,
    ...diff.new.map((name) => `new ${name}`),
    ...diff.removed.map((name) => `removed ${name}`),
  ];
  return [printable(lines.join('\n')), describeFindings(diff.findings)]
    .filter((part) => part !== '')
    .join('\n');
}
