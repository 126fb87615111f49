// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION } from '../shell/options.ts';
import { requireWritable, writeOutput } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide sign-module`: signs a module with a key of one's own. */
export function signModuleCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('sign-module')
    .description("sign a module with a key of one's own, as the kernel's sign-file does")
    .argument('<module>', 'the .ko file')
    .requiredOption('--key <file>', 'the private key, PEM; readable by its owner alone')
    .requiredOption('--certificate <file>', 'its certificate, PEM, which the kernel knows (a MOK)')
    .requiredOption('-o, --output <file>', 'the signed module')
    .option(...JSON_OPTION)
    .action((path, { key, certificate, output, json }) =>
      act(json === true ? { json } : {}, async () => {
        const { Machine, signModule } = await import('@uptide/host');
        await requireWritable(output);
        const signed = await signModule(new Machine(), await readInput(path), { key, certificate });
        await writeOutput(output, signed);
        if (json === true) printJson({ schema: 1, output, bytes: signed.length });
        else print(`${output}: signed`);
        return 'done';
      }),
    );
}
