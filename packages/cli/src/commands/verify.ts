// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Verification } from '../glue/verify.ts';
import { JSON_OPTION, STORE_OPTION, storeOf, toCount } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide verify`: checks an update against itself, and against a rebuild from its own sources. */
export function verifyCommand({ act, print, printJson, reporter, signal }: Shell): CommandUnknownOpts {
  return new Command('verify')
    .description('check the digests of an update; with --rebuild make it again and compare byte by byte')
    .argument('<update>', 'the .uptide file')
    .option('--rebuild', 'make the module again from the patches inside and compare')
    .option('-j, --jobs <number>', 'compilers at a time (default: one a processor)', toCount)
    .option(...STORE_OPTION)
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ readUpdate }, { describeVerification, notRebuilt, verifyProof, worstExit }] =
          await Promise.all([import('../glue/read-update.ts'), import('../glue/verify.ts')]);
        const update = await readUpdate(path);
        const { rebuild = false, jobs } = options;
        const findings = [...verifyProof(update)];
        if (rebuild) {
          const [{ openTarget }, { rebuildUpdate }] = await Promise.all([
            import('../glue/make.ts'),
            import('../glue/rebuild.ts'),
          ]);
          const target = await openTarget(update.description.kernel.release, await storeOf(options));
          findings.push(...(await rebuildUpdate(update, target, { jobs, reporter, signal })));
        }
        const verdict = findings.length > 0 ? 'differs' : rebuild ? 'same' : 'intact';
        const verification: Verification = { verdict, findings, notRebuilt: notRebuilt(update) };
        const { id, module } = update.description;
        if (options.json === true) printJson({ schema: 1, file: path, id, module, ...verification });
        else print(describeVerification(path, verification));
        return worstExit(findings);
      }),
    );
}
