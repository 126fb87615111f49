// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { UptideError } from '@uptide/base';
import { describeBoots, describeProof, encodeProof, requirePrevious, toProve } from '../glue/proof.ts';
import { readWishes } from '../glue/proof-wishes.ts';
import { readInput } from '../shell/input.ts';
import { JSON_OPTION, STORE_OPTION, storeOf } from '../shell/options.ts';
import { requireWritable, writeOutput } from '../shell/output.ts';
import { collect, FILE_OPTION, LOAD_OPTION } from '../shell/proof-options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide prove`: boots the kernel of an update and shows that the update does what it must. */
export function proveCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('prove')
    .description('boot the kernel of an update in a virtual machine, load the update and unload it again')
    .argument('<update>', 'the .uptide file')
    .option('--before <command>', 'a shell line that must succeed while the update is not live')
    .option('--after <command>', 'a shell line that must succeed while the update is live')
    .option('--previous <update>', 'the level before: also go from it to the update and back')
    .option(
      '--probe <[fix=]file>',
      'a shell script that ends with 1 where the fault is and with 0 where it is fixed; may be given several times',
      collect,
    )
    .option(...LOAD_OPTION)
    .option(...FILE_OPTION)
    .option('--attach', 'put the proof into the .uptide file')
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((path, { before, after, attach, previous, probe, load, file, ...options }) =>
      act(options, async () => {
        const [{ encodeUpdate }, { readUpdate, updateIn }, { openBaseline }, { proveOnBaseline }] =
          await Promise.all([
            import('@uptide/stream'),
            import('../glue/read-update.ts'),
            import('@uptide/kernel'),
            import('@uptide/lab'),
          ]);
        if (attach === true) await requireWritable(path);
        const given = await readInput(path);
        const update = updateIn(given, path);
        const earlier = previous === undefined ? undefined : await readUpdate(previous);
        if (earlier !== undefined) requirePrevious(update, earlier);
        const wishes = await readWishes({ probe, load, file }, update);
        const baseline = await openBaseline(update.description.kernel.release, await storeOf(options));
        const probes = {
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
        };
        const { proof, boots } = await proveOnBaseline(
          baseline,
          { ...toProve(update, earlier), ...wishes, probes },
          { reporter, signal },
        );
        if (attach === true) {
          if (Buffer.compare(await readInput(path), given) !== 0) {
            const reason = 'it was changed while it was being proven';
            throw new UptideError('FILE_UNWRITABLE', reason, { place: { file: path } });
          }
          await writeOutput(path, encodeUpdate({ ...update, proof: encodeProof(proof) }));
        }
        if (options.json === true) printJson({ ...proof, boots });
        else print([describeProof(proof), describeBoots(boots)].filter((part) => part !== '').join('\n'));
        return proof.verdict === 'failed' ? 'proofFailed' : 'done';
      }),
    );
}
