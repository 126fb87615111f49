// SPDX-License-Identifier: GPL-2.0-or-later
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** The agent as one file, and the npm packages that are in it. */
export interface Bundle {
  readonly code: Uint8Array;
  /** The sources that it was made from, as paths below the checkout. */
  readonly sources: readonly string[];
  /** Names and licence texts, sorted by name. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly licence: string }[];
}

/** Some of what is bundled was written for `require`; a module has none of its own. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Bundles the agent of the checkout in `root`. Equal sources give equal bytes. */
export async function bundleAgent(root: string): Promise<Bundle> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['packages/cli/src/agent.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: `#!/usr/lib/uptide/node\n${REQUIRE}` },
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error('esbuild made no file');
  const sources = Object.values(result.metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
  const folders = new Set(
    sources
      .map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
      .filter((folder) => folder !== undefined),
  );
  return {
    code: output.contents,
    sources,
    packages: [...folders].sort().map((folder) => describe(join(root, folder))),
  };
}

function describe(folder: string): { name: string; version: string; licence: string } {
  const { name, version }: { name: string; version: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return { name, version, licence: licenceOf(folder) };
}

const LICENCES = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'License'];

/** A package of a workspace may keep the text with its parent. */
function licenceOf(folder: string): string {
  for (const name of LICENCES) {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      // The next name.
    }
  }
  throw new Error(`${dirname(folder)}: ${folder} has no licence text, so it cannot be shipped`);
}
