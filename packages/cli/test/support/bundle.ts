// SPDX-License-Identifier: GPL-2.0-or-later
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** A program and all that it imports as one file, as the packages for hosts have it: a guest starts it in a second. */
export async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, entry)],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Libraries of the older form ask for `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    write: false,
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} became no file`);
  return file.contents;
}
