// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { formatTable, oneLine } from '../../shell/lines.ts';
import { JSON_OPTION } from '../../shell/options.ts';
import { writeOutput } from '../../shell/output.ts';
import type { Shell } from '../../shell/shell.ts';

/** `uptide stream key`: the keys that sign a stream. */
export function streamKeyCommand(shell: Shell): CommandUnknownOpts {
  return new Command('key')
    .description('make and show the keys that sign a stream')
    .addCommand(keyNewCommand(shell))
    .addCommand(keyShowCommand(shell));
}

function keyNewCommand(shell: Shell): CommandUnknownOpts {
  return new Command('new')
    .description('make an ed25519 key, encrypted with a passphrase')
    .argument('<file>', 'where it is written; nothing may be there')
    .option('--role-hint <text>', 'what the key is for, in words')
    .option('--unencrypted', 'write the private key as it is, for keys that sign without anybody present')
    .option(
      '--command <argv...>',
      'the key is elsewhere: this program gets the bytes and prints the signature',
    )
    .option('--public <hex>', 'with --command: the public key')
    .option(...JSON_OPTION)
    .action((path, options) =>
      shell.act(options, async () => {
        const [{ keyIdOf, keyOf }, { makeKey }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/make-key.ts'),
        ]);
        const { roleHint: hint, unencrypted = false, command, public: key } = options;
        const file = await makeKey(path, { hint, unencrypted, command, publicKey: key }, shell);
        const keyId = keyIdOf(keyOf(file));
        if (options.json === true) shell.printJson({ schema: 1, file: path, keyId, kind: file.kind });
        else shell.print(`${path}: key ${keyId} (${file.kind})`);
        return 'done';
      }),
    );
}

function keyShowCommand({ act, print, printJson }: Shell): CommandUnknownOpts {
  return new Command('show')
    .description('say what a key file holds; with -o write the part that others may have')
    .argument('<file>', 'the key file')
    .option('-o, --output <file>', 'write the public key alone')
    .option(...JSON_OPTION)
    .action((path, options) =>
      act(options, async () => {
        const [{ keyIdOf, keyOf, printKeyFile, publicPart }, { readKey }] = await Promise.all([
          import('@uptide/stream'),
          import('../../glue/stream/keys.ts'),
        ]);
        const file = await readKey(path);
        const keyId = keyIdOf(keyOf(file));
        if (options.output !== undefined) await writeOutput(options.output, printKeyFile(publicPart(file)));
        const { kind, hint = '', scheme, public: key } = file;
        if (options.json === true) printJson({ schema: 1, keyId, kind, scheme, public: key, hint });
        else {
          const rows = [
            ['key', keyId],
            ['kind', kind],
            ['public', `${scheme} ${key}`],
            ['hint', oneLine(hint)],
          ];
          print(formatTable(rows.filter(([, text]) => text !== '')));
        }
        return 'done';
      }),
    );
}
