// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { writeFolder } from '../shell/folder.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide source`: writes the source of an update. */
export function sourceCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('source')
    .description('write the source of an update into a folder, with what it takes to rebuild it')
    .argument('<update>', 'the .uptide file')
    .argument('<dir>', 'the folder; it must not be there, or be empty')
    .option(...JSON_OPTION)
    .action((path, folder, options) =>
      act(options, async () => {
        const [{ readUpdate }, { sourceFiles }] = await Promise.all([
          import('../glue/read-update.ts'),
          import('../glue/source.ts'),
        ]);
        const update = await readUpdate(path);
        const files = sourceFiles(update);
        await writeFolder(folder, files);
        const { package: name, version } = update.description.source;
        const paths = files.map((file) => file.path);
        if (options.json === true) {
          printJson({ schema: 1, folder, files: paths, package: { name, version } });
        } else {
          print(
            `${folder}: ${paths.length} files; the kernel source itself is ${name} ${version}, see README`,
          );
        }
        return 'done';
      }),
    );
}
